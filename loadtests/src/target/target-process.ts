/** One process group: the target's command and whatever it starts. */

import { type ChildProcess, spawn } from "node:child_process";
import { OutputTail } from "./output-tail.js";

const TAIL_LINES = 40;
/** Groups are a POSIX notion; on Windows only the process itself is signalled. */
const HAS_PROCESS_GROUPS = process.platform !== "win32";

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started at all: `spawn no-such-program ENOENT`. */
  readonly startError: string | null;
}

export class TargetProcess {
  /** Resolves when the command ends, for whatever reason; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #tail = new OutputTail(TAIL_LINES);
  #end: ProcessEnd | undefined;
  readonly #killOnOurExit = (): void => this.#signal("SIGKILL");

  /** @param command program and arguments, at least one word. */
  constructor(command: readonly string[], environment: Readonly<Record<string, string>>, folder: string) {
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: HAS_PROCESS_GROUPS,
      windowsHide: true,
    });
    if (this.#child.stdout !== null) this.#tail.read(this.#child.stdout);
    if (this.#child.stderr !== null) this.#tail.read(this.#child.stderr);
    process.once("exit", this.#killOnOurExit);
    this.ended = new Promise((resolve) => {
      const finish = (end: ProcessEnd): void => {
        this.#end ??= end;
        resolve(this.#end);
      };
      this.#child.once("error", (error) =>
        finish({ exitCode: null, signal: null, startError: error.message }),
      );
      // `close` rather than `exit`: the last output has arrived; but a grandchild may hold the pipe open.
      this.#child.once("close", (exitCode, signal) => finish({ exitCode, signal, startError: null }));
      this.#child.once("exit", (exitCode, signal) => {
        setTimeout(() => finish({ exitCode, signal, startError: null }), 500).unref();
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** The last lines of standard output and standard error together, oldest first. */
  get lastOutput(): readonly string[] {
    return this.#tail.lines;
  }

  /** SIGTERM to the whole group, SIGKILL to what is left of it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#signal("SIGTERM");
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([this.ended, grace]);
    clearTimeout(timer);
    // Also when the command itself has ended: a grandchild may have ignored the first signal.
    this.#signal("SIGKILL");
    await this.ended;
    process.removeListener("exit", this.#killOnOurExit);
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child.pid;
    if (pid === undefined) return;
    try {
      if (HAS_PROCESS_GROUPS) process.kill(-pid, signal);
      else this.#child.kill(signal);
    } catch {
      // ESRCH: nothing of the group is left.
    }
  }
}

/** `ended with exit code 1`, `was killed by SIGSEGV`. */
export function describeEnd(end: ProcessEnd): string {
  if (end.startError !== null) return `could not be started (${end.startError})`;
  return end.signal === null ? `ended with exit code ${end.exitCode}` : `was killed by ${end.signal}`;
}

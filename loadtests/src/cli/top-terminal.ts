/** The terminal's side of `loopscope top`: the screen, its keys, and one picture of it for pipes. */

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { emitKeypressEvents, type Key } from "node:readline";
import { nextOrder, renderTop, type TopOrder, type TopState } from "../report/top-screen.js";
import { PROFILE_SECONDS, profileFileName, takeCpuProfile } from "../target/agent-profile.js";
import type { ServiceWatch } from "./service-watch.js";

/** Lines of trend on the screen are no longer than this many seconds. */
const FRAMES_SHOWN = 60;
const REDRAW_MS = 500;

// ECMA-48 and xterm: the alternate screen keeps what was on the terminal before.
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";
const TO_TOP = "\u001b[H";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export interface TerminalOptions {
  readonly token: string | undefined;
  readonly colour: boolean;
}

/** The picture after so many seconds, on standard output. */
export async function printOnce(
  watch: ServiceWatch,
  seconds: number,
  signal: AbortSignal,
  colour: boolean,
): Promise<void> {
  await waitFor(seconds, signal);
  const style = { colour, columns: process.stdout.columns ?? 100 };
  const lines = renderTop(new TopControls(watch, undefined).state(), style, 60);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** What the keys change. */
class TopControls {
  readonly #watch: ServiceWatch;
  readonly #token: string | undefined;
  #order: TopOrder = "requests";
  #frozen: TopState | null = null;
  #notice: string | null = null;
  #knownRestart: ServiceWatch["restart"] = null;
  #profiling = false;

  constructor(watch: ServiceWatch, token: string | undefined) {
    this.#watch = watch;
    this.#token = token;
  }

  state(): TopState {
    const watch = this.#watch;
    const { restart } = watch;
    if (restart !== null && restart !== this.#knownRestart) {
      this.#knownRestart = restart;
      this.#notice = `the service restarted: pid ${restart.formerPid} is now ${restart.pid}`;
    }
    const pid = watch.frames.at(-1)?.pid;
    const live: TopState = {
      url: watch.url,
      frames: watch.frames.filter((frame) => frame.pid === pid).slice(-FRAMES_SHOWN),
      blocks: watch.blocks,
      blockCount: watch.blockCount,
      order: this.#order,
      paused: false,
      silentSeconds: watch.silentSeconds,
      notice: this.#notice,
    };
    if (this.#frozen === null) return live;
    return { ...this.#frozen, order: live.order, notice: live.notice, paused: true };
  }

  sort(): void {
    this.#order = nextOrder(this.#order);
  }

  pause(): void {
    this.#frozen = this.#frozen === null ? this.state() : null;
  }

  async profile(signal: AbortSignal): Promise<void> {
    if (this.#profiling) return;
    this.#profiling = true;
    this.#notice = `taking a CPU profile for ${PROFILE_SECONDS} s`;
    try {
      const text = await takeCpuProfile(this.#watch.url, PROFILE_SECONDS, this.#token, signal);
      const file = path.resolve(profileFileName());
      await writeFile(file, text);
      this.#notice = `CPU profile written to ${file}`;
    } catch (error) {
      this.#notice = `no CPU profile: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#profiling = false;
    }
  }
}

/** Draws until `q` or Ctrl-C. The terminal is given back as it was, whatever happens. */
export async function showScreen(
  watch: ServiceWatch,
  signal: AbortSignal,
  options: TerminalOptions,
): Promise<void> {
  const { stdin, stdout } = process;
  const { colour, token } = options;
  /** Ends what still goes on when the screen is left. */
  const left = new AbortController();
  const controls = new TopControls(watch, token);
  const draw = (): void => {
    const style = { colour, columns: Math.max(40, stdout.columns) };
    const lines = renderTop(controls.state(), style, stdout.rows - 1);
    stdout.write(TO_TOP + lines.map((line) => line + CLEAR_LINE_END).join("\n") + CLEAR_BELOW);
  };
  stdout.write(ENTER_SCREEN);
  const timer = setInterval(draw, REDRAW_MS);
  stdout.on("resize", draw);
  try {
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      listenToKeys((key) => {
        if (key === "q") resolve();
        if (key === "s") controls.sort();
        if (key === "p") controls.pause();
        if (key === "c") void controls.profile(left.signal).then(draw);
        draw();
      });
      draw();
    });
  } finally {
    left.abort();
    clearInterval(timer);
    stdout.off("resize", draw);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    stdout.write(LEAVE_SCREEN);
  }
}

function listenToKeys(onKey: (name: string) => void): void {
  const { stdin } = process;
  emitKeypressEvents(stdin);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("keypress", (_text: string | undefined, key: Key) => {
    // In raw mode the terminal sends Ctrl-C as a key and no signal.
    onKey(key.ctrl === true && key.name === "c" ? "q" : (key.name ?? ""));
  });
  stdin.resume();
}

function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** One of the threads that drive a load, seen from the run that started it. */

import { Worker } from "node:worker_threads";
import { monotonicMs } from "../../../clock.js";
import type { ClientInterval, EngineOutcome } from "../../engine.js";
import { ScriptWatch } from "./script-watch.js";
import type { ThreadBrief, ThreadEnd, ThreadOrder, ThreadReport } from "./thread-messages.js";

/** The thread ended before its load did. */
export interface ThreadFailure {
  readonly type: "failure";
  readonly outcome: EngineOutcome;
}

/** One thread, seen from the run. */
export class ThreadHandle {
  /** Its virtual users are made, or it failed. */
  readonly ready: Promise<void>;
  /** Null: it failed, and what it had not reported is lost. */
  readonly end: Promise<ThreadEnd | null>;
  hasEnded = false;
  users = 0;
  latest: ClientInterval | null = null;
  readonly #worker: Worker;
  readonly #watch: ScriptWatch;

  constructor(
    brief: ThreadBrief,
    onReport: (thread: ThreadHandle, report: ThreadReport | ThreadFailure) => void,
  ) {
    const { index, count } = brief.place.slice;
    const name = `thread ${index + 1} of ${count}`;
    this.#watch = new ScriptWatch(brief.place.scriptWatch);
    this.#worker = new Worker(new URL("./load-thread.js", import.meta.url), { workerData: brief });
    let becomeReady = (): void => {};
    this.ready = new Promise((resolve) => {
      becomeReady = resolve;
    });
    this.end = new Promise((resolve) => {
      const fail = (why: string): void => {
        if (this.hasEnded) return;
        this.hasEnded = true;
        const message = `${name} ended before its load: ${why}`;
        onReport(this, { type: "failure", outcome: { kind: "script-error", message } });
        becomeReady();
        resolve(null);
      };
      this.#worker.on("message", (report: ThreadReport) => {
        if (report.type === "ready") {
          this.users = report.users;
          becomeReady();
        } else if (report.type === "end") {
          this.hasEnded = true;
          onReport(this, report);
          resolve(report);
        } else onReport(this, report);
      });
      this.#worker.on("error", (error: unknown) =>
        fail(error instanceof Error ? error.message : String(error)),
      );
      this.#worker.on("exit", (code) => fail(`it exited with ${code}`));
    });
  }

  tell(order: ThreadOrder): void {
    this.#worker.postMessage(order);
  }

  /** A loop of the script that never waits hears no order: its watch does. */
  stop(graceMs: number): void {
    this.tell({ type: "stop", graceMs });
    if (!this.hasEnded) this.#watch.allowUntil(monotonicMs() + graceMs);
  }

  async terminate(): Promise<void> {
    this.hasEnded = true;
    await this.#worker.terminate();
  }
}

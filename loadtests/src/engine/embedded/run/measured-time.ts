/** When a load begins to count, and its seconds from then on. */

import { monotonicMs } from "../../../clock.js";
import type { DriveListener } from "./load-driver.js";
import type { TestRun } from "./test-run.js";

const INTERVAL_MS = 1000;

export class MeasuredTime {
  readonly #run: TestRun;
  readonly #warmupMs: number;
  readonly #listener: Pick<DriveListener, "onWarmup" | "onMeasuring">;
  readonly #onSecond: (() => void) | null;
  #intervalEndMs = 0;
  #intervalTimer: NodeJS.Timeout | undefined;
  #warmup: NodeJS.Timeout | undefined;

  /**
   * @param warmupMs how much of the load comes before what counts; 0: all counts
   * @param onSecond called once a second while it counts; null: somebody else keeps the seconds
   */
  constructor(
    run: TestRun,
    warmupMs: number,
    listener: Pick<DriveListener, "onWarmup" | "onMeasuring">,
    onSecond: (() => void) | null,
  ) {
    this.#run = run;
    this.#warmupMs = warmupMs;
    this.#listener = listener;
    this.#onSecond = onSecond;
  }

  begin(): void {
    const run = this.#run;
    run.startedAtMs = monotonicMs();
    run.recorder.startClock(run.startedAtMs);
    if (this.#warmupMs === 0) this.#beginMeasuring();
    else {
      this.#listener.onWarmup();
      this.#warmup = setTimeout(() => this.#beginMeasuring(), this.#warmupMs);
    }
  }

  /** @returns whether anything was measured: false when the load ended within its warm-up */
  end(): boolean {
    const run = this.#run;
    clearTimeout(this.#warmup);
    const wasMeasured = !Number.isNaN(run.measuredFromMs);
    if (!wasMeasured) this.#beginMeasuring();
    clearInterval(this.#intervalTimer);
    run.endedAtMs = monotonicMs();
    return wasMeasured;
  }

  /** Milliseconds since the last interval ended. */
  sinceInterval(): number {
    return monotonicMs() - this.#intervalEndMs;
  }

  /** The next interval begins here. @returns the length of the one that ended, milliseconds */
  nextInterval(): number {
    const durationMs = this.sinceInterval();
    this.#intervalEndMs += durationMs;
    return durationMs;
  }

  #beginMeasuring(): void {
    const run = this.#run;
    const nowMs = monotonicMs();
    if (this.#warmupMs === 0) run.measuredFromMs = nowMs;
    else run.beginMeasuring(nowMs);
    this.#intervalEndMs = nowMs;
    this.#listener.onMeasuring();
    if (this.#onSecond !== null) this.#intervalTimer = setInterval(this.#onSecond, INTERVAL_MS);
  }
}

/**
 * Wakes the event loop at given times: by a thread that sleeps, since Node's own timers are a millisecond coarse
 * and clump. Falls back to timers when the thread cannot be started.
 */

import { MessageChannel, Worker } from "node:worker_threads";
import { monotonicMs, processWideMs } from "../../../clock.js";
import { DUE_INDEX, SEQUENCE_INDEX, STOPPED, TICKER_BYTES } from "./ticker-layout.js";

/**
 * How long before the due time the thread is asked to wake: about what sleeping oversleeps and a
 * message takes.
 * A guess that measurement bore out on Linux; being early costs nothing but one more short sleep.
 */
const LEAD_MS = 0.06;

export class Ticker {
  readonly #sequence: Int32Array;
  readonly #times: Float64Array;
  readonly #onWake: () => void;
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #clockOffsetMs = processWideMs() - monotonicMs();
  #stopped = false;

  /** @param onWake called at the times asked for, or a little before: it looks at the clock itself */
  constructor(onWake: () => void) {
    this.#onWake = onWake;
    const memory = new SharedArrayBuffer(TICKER_BYTES);
    this.#sequence = new Int32Array(memory);
    this.#times = new Float64Array(memory);
    this.#times[DUE_INDEX] = Number.POSITIVE_INFINITY;
    const { port1, port2 } = new MessageChannel();
    port1.on("message", () => {
      if (!this.#stopped) this.#onWake();
    });
    try {
      this.#worker = new Worker(new URL("./ticker-thread.js", import.meta.url), {
        workerData: { memory, port: port2 },
        transferList: [port2],
        // Preloads and loaders of the command must not run in it.
        execArgv: [],
        env: {},
      });
      this.#worker.on("error", () => this.#fallBack());
    } catch {
      this.#fallBack();
    }
  }

  /** Replaces the time asked for before. @param dueMs on the monotonic clock */
  wakeAt(dueMs: number): void {
    if (this.#stopped) return;
    if (this.#worker === null) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#onWake, Math.max(0, dueMs - monotonicMs()));
      return;
    }
    this.#times[DUE_INDEX] = dueMs - LEAD_MS + this.#clockOffsetMs;
    Atomics.add(this.#sequence, SEQUENCE_INDEX, 1);
    Atomics.notify(this.#sequence, SEQUENCE_INDEX);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    Atomics.store(this.#sequence, SEQUENCE_INDEX, STOPPED);
    Atomics.notify(this.#sequence, SEQUENCE_INDEX);
  }

  #fallBack(): void {
    this.#worker = null;
    if (!this.#stopped) this.#timer = setTimeout(this.#onWake, 1);
  }
}

/**
 * Wakes the event loop at given times: by a thread that sleeps, since Node's own timers are a millisecond coarse
 * and clump. Falls back to timers when the thread cannot be started.
 */

import { MessageChannel, Worker } from "node:worker_threads";
import { monotonicMs, processWideMs } from "../../../clock.js";
import { DUE_INDEX, SEQUENCE_INDEX, STOPPED, TICKER_BYTES } from "./ticker-layout.js";

/**
 * How long before the due time the thread is asked to wake, to make up for oversleeping and for the message's way.
 * Both depend on the machine and its state of sleep, so the lead follows what is observed: the steps settle
 * where one wake in ten is early, which costs another short sleep.
 */
const FIRST_LEAD_MS = 0.06;
const LATE_STEP_MS = 0.0005;
const EARLY_STEP_MS = 0.0045;
const LONGEST_LEAD_MS = 0.2;

export class Ticker {
  readonly #sequence: Int32Array;
  readonly #times: Float64Array;
  readonly #onWake: () => void;
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #clockOffsetMs = processWideMs() - monotonicMs();
  #stopped = false;
  #leadMs = FIRST_LEAD_MS;

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
    // Too near for the lead: without it the thread would wake this one at once, over and over.
    const leadMs = dueMs - this.#leadMs > monotonicMs() ? this.#leadMs : 0;
    this.#times[DUE_INDEX] = dueMs - leadMs + this.#clockOffsetMs;
    Atomics.add(this.#sequence, SEQUENCE_INDEX, 1);
    Atomics.notify(this.#sequence, SEQUENCE_INDEX);
  }

  /** Told how late a wake was, negative when it was early. */
  observe(lateMs: number): void {
    const step = lateMs > 0 ? LATE_STEP_MS : -EARLY_STEP_MS;
    this.#leadMs = Math.min(LONGEST_LEAD_MS, Math.max(0, this.#leadMs + step));
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

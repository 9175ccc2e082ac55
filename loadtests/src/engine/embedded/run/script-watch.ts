/**
 * Ends loops of the script that never wait and never end: the thread that they hold can do nothing about
 * them itself. Another thread watches it once the script's time is over, and every loop's head looks at what
 * that one says.
 */

import { MessageChannel, Worker } from "node:worker_threads";
import { monotonicMs, processWideMs } from "../../../clock.js";
import { EndlessLoop } from "./script-interruption.js";
import {
  ANSWERS_INDEX,
  DEADLINE_INDEX,
  GIVE_WAY_INDEX,
  SCRIPT_WATCH_BYTES,
  SEQUENCE_INDEX,
  STOPPED,
} from "./script-watch-layout.js";

export class ScriptWatch {
  /** Called at the head of every loop, in each of its turns. @throws EndlessLoop */
  readonly giveWay: () => void;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #memory: SharedArrayBuffer;

  /** @param memory of `SCRIPT_WATCH_BYTES`, shared by a thread's own watch and whoever else may shorten its time */
  constructor(memory = new SharedArrayBuffer(SCRIPT_WATCH_BYTES)) {
    this.#memory = memory;
    this.#words = new Int32Array(this.#memory);
    this.#times = new Float64Array(this.#memory);
    const words = this.#words;
    // A plain read costs a turn 1 ns, Atomics.load 7; Node 20 to 26 read it anew in every turn, as a test holds.
    this.giveWay = () => {
      if (words[GIVE_WAY_INDEX] === 1) throw new EndlessLoop();
    };
  }

  /** Without a thread to watch, endless loops are not broken off: no reason to fail a run. */
  start(): void {
    this.allowUntil(Number.POSITIVE_INFINITY);
    const { port1, port2 } = new MessageChannel();
    port1.on("message", () => {
      // The loop has turned: whatever held it is gone.
      Atomics.store(this.#words, GIVE_WAY_INDEX, 0);
      Atomics.add(this.#words, ANSWERS_INDEX, 1);
      Atomics.notify(this.#words, ANSWERS_INDEX);
    });
    port1.unref();
    try {
      const worker = new Worker(new URL("./script-watch-thread.js", import.meta.url), {
        workerData: { memory: this.#memory, port: port2 },
        transferList: [port2],
        // Preloads and loaders of the command must not run in it.
        execArgv: [],
        env: {},
      });
      worker.on("error", () => {});
      worker.unref();
    } catch {
      port1.close();
    }
  }

  /** Until when the script may hold the thread. @param deadlineMs monotonic; Infinity: as long as it likes */
  allowUntil(deadlineMs: number): void {
    this.#times[DEADLINE_INDEX] = deadlineMs - monotonicMs() + processWideMs();
    Atomics.add(this.#words, SEQUENCE_INDEX, 1);
    Atomics.notify(this.#words, SEQUENCE_INDEX);
  }

  stop(): void {
    Atomics.store(this.#words, GIVE_WAY_INDEX, 0);
    Atomics.store(this.#words, SEQUENCE_INDEX, STOPPED);
    Atomics.notify(this.#words, SEQUENCE_INDEX);
    Atomics.add(this.#words, ANSWERS_INDEX, 1);
    Atomics.notify(this.#words, ANSWERS_INDEX);
  }
}

/** Runs in a worker: beyond the deadline, asks the load's thread whether it turns, and has loops broken off. */

import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";
import { processWideMs } from "../../../clock.js";
import {
  ANSWERS_INDEX,
  DEADLINE_INDEX,
  GIVE_WAY_INDEX,
  SEQUENCE_INDEX,
  STOPPED,
} from "./script-watch-layout.js";

/**
 * How long without an answer is taken for an endless loop. A guess: longer than collections of garbage and
 * bursts of replies take, short enough to wait for.
 */
const PATIENCE_MS = 1000;
const PAUSE_MS = 500;

const { memory, port } = workerData as { readonly memory: SharedArrayBuffer; readonly port: MessagePort };
const words = new Int32Array(memory);
const times = new Float64Array(memory);

for (;;) {
  const seen = Atomics.load(words, SEQUENCE_INDEX);
  if (seen === STOPPED) break;
  const waitMs = (times[DEADLINE_INDEX] as number) - processWideMs();
  if (waitMs > 0) {
    // A changed sequence means a changed deadline: look again.
    Atomics.wait(words, SEQUENCE_INDEX, seen, waitMs);
    continue;
  }
  const answers = Atomics.load(words, ANSWERS_INDEX);
  port.postMessage(null);
  const isSilent = Atomics.wait(words, ANSWERS_INDEX, answers, PATIENCE_MS) === "timed-out";
  if (isSilent && Atomics.load(words, SEQUENCE_INDEX) === seen) Atomics.store(words, GIVE_WAY_INDEX, 1);
  Atomics.wait(words, SEQUENCE_INDEX, seen, PAUSE_MS);
}
port.close();

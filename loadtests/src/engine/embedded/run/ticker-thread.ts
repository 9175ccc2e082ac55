/** Runs in a worker: sleeps until the due time and then wakes the main thread by a message. It never spins. */

import { readlinkSync, writeFileSync } from "node:fs";
import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";
import { processWideMs } from "../../../clock.js";
import { DUE_INDEX, SEQUENCE_INDEX, STOPPED } from "./ticker-layout.js";

const { memory, port } = workerData as { readonly memory: SharedArrayBuffer; readonly port: MessagePort };
const sequence = new Int32Array(memory);
const times = new Float64Array(memory);

sleepPunctually();
for (;;) {
  const seen = Atomics.load(sequence, SEQUENCE_INDEX);
  if (seen === STOPPED) break;
  const waitMs = (times[DUE_INDEX] as number) - processWideMs();
  if (waitMs > 0) {
    // A changed sequence means a changed due time: look again.
    if (Atomics.wait(sequence, SEQUENCE_INDEX, seen, waitMs) !== "timed-out") continue;
  }
  port.postMessage(null);
  Atomics.wait(sequence, SEQUENCE_INDEX, seen);
}
port.close();

/**
 * Linux lets a sleep end up to 50 us late, so that wakes can be put together: this thread's shall not. A thread may
 * change that of its own (proc_pid_timerslack_ns(5)); where it can't, it sleeps as coarsely as any other.
 */
function sleepPunctually(): void {
  try {
    const thread = readlinkSync("/proc/thread-self").split("/").at(-1);
    writeFileSync(`/proc/${thread}/timerslack_ns`, "1");
  } catch {
    // Not Linux, or no /proc.
  }
}

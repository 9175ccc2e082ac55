/** Does one call after another for a thread that sleeps meanwhile. Runs in a worker thread. */

import { workerData } from "node:worker_threads";
import { openOutsideServices } from "./outside-services.js";
import type { OutsideCall, WaitingAnswer, WaitingWorkerData } from "./waiting-caller.js";

const { addresses, port, wake } = workerData as WaitingWorkerData;
const outside = openOutsideServices(addresses, 1);

port.on("message", async (call: OutsideCall) => {
  port.postMessage(await answerOf(call));
  // After the message: whoever wakes up finds it in the port.
  Atomics.store(wake, 0, 1);
  Atomics.notify(wake, 0);
});

async function answerOf(call: OutsideCall): Promise<WaitingAnswer> {
  try {
    return { result: await outside[call]() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

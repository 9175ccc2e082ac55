/** Entry of a sending thread: waits for the word, so that all threads begin together. */

import { parentPort, workerData } from "node:worker_threads";
import type { BenchRequestMessage, BenchThreadMessage } from "./bench-message.js";
import type { BenchOptions } from "./bench-options.js";
import { runBenchThread } from "./bench-thread.js";

const stop = new AbortController();

parentPort?.on("message", (message: BenchRequestMessage) => {
  if (message.type === "stop") stop.abort();
  else void run();
});
say({ type: "ready" });

async function run(): Promise<void> {
  try {
    const { totals, endedAt } = await runBenchThread(
      workerData as BenchOptions,
      {
        onStart: (at) => say({ type: "start", at }),
        onInterval: (at, durationMs, measurement, utilization) =>
          say({ type: "interval", at, durationMs, measurement, utilization }),
      },
      stop.signal,
    );
    say({ type: "end", totals, endedAt });
  } catch (error) {
    say({ type: "error", message: error instanceof Error ? error.message : String(error) });
  } finally {
    parentPort?.close();
  }
}

function say(message: BenchThreadMessage): void {
  parentPort?.postMessage(message);
}

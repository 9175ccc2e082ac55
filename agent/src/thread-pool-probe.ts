/** Runs in the agent's thread: libuv has one pool a process. Imports only node: and the clock. */

import { stat } from "node:fs";
import { monotonicMs } from "./clock";

const INTERVAL_MS = 500;

/**
 * Times a task that any free thread of libuv's pool ends within some 30 µs: what is longer was spent waiting
 * for one. In the application's thread a busy event loop would be taken for a busy pool: with handlers of 40 ms
 * half of the probes of an idle pool came back after 40 ms. The agent's own thread is idle.
 *
 * @param onDelay told each wait, milliseconds. One probe at a time: a starved pool is asked no more.
 * @returns a function that stops it.
 */
export function startThreadPoolProbe(onDelay: (delayMs: number) => void): () => void {
  let inFlight = false;
  const timer = setInterval(() => {
    if (inFlight) return;
    inFlight = true;
    const startMs = monotonicMs();
    stat(__dirname, () => {
      inFlight = false;
      onDelay(monotonicMs() - startMs);
    });
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

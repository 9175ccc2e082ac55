/** Runs in either thread: libuv has one pool a process. Imports only node:, the catalogue and the clock. */

import { stat } from "node:fs";
import { monotonicMs } from "../clock";

const INTERVAL_MS = 500;

/**
 * Times a task that any free thread of libuv's pool ends within some 30 µs: what is longer was spent waiting
 * for one. Started in the agent's own thread, a blocked application does not spoil the figure.
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

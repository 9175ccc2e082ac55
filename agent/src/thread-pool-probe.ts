/** Runs in the agent's thread: libuv has one pool a process. Imports only node: and the clock. */

import { stat } from "node:fs";
import { monotonicMs } from "./clock";

/** Between two probes of a process at work. */
const INTERVAL_MS = 500;
/** And of one at rest: a probe wakes two threads. */
const REST_INTERVAL_MS = 2000;

/**
 * Times a task that any free thread of libuv's pool ends within some 30 µs: what is longer was spent waiting
 * for one. In the application's thread a busy event loop would be taken for a busy pool: with handlers of 40 ms
 * half of the probes of an idle pool came back after 40 ms. The agent's own thread is idle.
 *
 * @param onDelay told each wait, milliseconds. One probe at a time: a starved pool is asked no more.
 * @param atRest whether the process has nothing to do: it is probed every two seconds then.
 * @returns a function that stops it.
 */
export function startThreadPoolProbe(onDelay: (delayMs: number) => void, atRest: () => boolean): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;

  function probe(): void {
    const startMs = monotonicMs();
    stat(__dirname, () => {
      if (stopped) return;
      const delayMs = monotonicMs() - startMs;
      onDelay(delayMs);
      arm(Math.max(1, (atRest() && delayMs < 5 ? REST_INTERVAL_MS : INTERVAL_MS) - delayMs));
    });
  }

  function arm(delayMs: number): void {
    timer = setTimeout(probe, delayMs);
    timer.unref();
  }

  arm(INTERVAL_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

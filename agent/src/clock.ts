/** The one door through which time enters the agent. All clocks of a process share its origin. */

// Held before a test's fake timers can replace it.
const now = performance.now.bind(performance);

/** Milliseconds since the process's time origin, monotonic, sub-microsecond resolution. */
export function monotonicMs(): number {
  return now();
}

/** Milliseconds since the Unix epoch, from the monotonic clock, so that it never runs backwards. */
export function epochMs(): number {
  return performance.timeOrigin + now();
}

/** The same moment on the epoch's clock. */
export function epochOf(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}

/** When the process began. The same number at each call: its changes are counted as restarts. */
export function processStartSeconds(): number {
  return performance.timeOrigin / 1000;
}

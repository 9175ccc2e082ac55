/** The one door through which time enters the agent. All clocks of a process share its origin. */

/** Milliseconds since the process's time origin, monotonic, sub-microsecond resolution. */
export function monotonicMs(): number {
  return performance.now();
}

/** Milliseconds since the Unix epoch, from the monotonic clock, so that it never runs backwards. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The same moment on the epoch's clock. */
export function epochOf(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}

/** The one door through which time enters the load tests. */

/** Milliseconds since the process's time origin, monotonic, sub-microsecond resolution. */
export function monotonicMs(): number {
  return performance.now();
}

/** Milliseconds since the Unix epoch, from the monotonic clock, so that it never runs backwards. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Milliseconds on the system's monotonic clock, the same in every thread of the process. */
export function processWideMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

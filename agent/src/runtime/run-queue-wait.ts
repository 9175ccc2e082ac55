import { readFileSync } from "node:fs";

/**
 * How long the main thread has been ready to run and waited for a processor, since it began, seconds; null
 * where the platform does not tell. Second field of Linux's schedstat; the main thread's id is the process's.
 */
export function runQueueSeconds(): number | null {
  try {
    const nanoseconds = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[1];
    return nanoseconds === undefined ? null : Number(nanoseconds) / 1e9;
  } catch {
    return null;
  }
}

import { setTimeout as delay } from "node:timers/promises";

/** A loaded machine may take long; a test that waits longer than this has failed. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 20;

/**
 * What `read` gives once it gives something: metrics, files and other processes' pages have no event of their own.
 *
 * @param read false and undefined are nothing yet
 */
export async function pollUntil<T>(
  read: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<T> {
  const endMs = performance.now() + LIMIT_MS;
  while (performance.now() < endMs) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    await delay(PAUSE_MS);
  }
  throw new Error(`it did not come about within ${LIMIT_MS / 1000} s: ${read}`);
}

import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

export interface RetryPolicy {
  /** The first attempt included: at least 1. */
  readonly maxAttempts: number;
  /** Upper bound of the first wait, milliseconds; it doubles with every attempt. */
  readonly firstDelayMs: number;
  /** No wait is longer, milliseconds. */
  readonly longestDelayMs: number;
}

/**
 * How long to wait after the `attempt`-th failure (from 1): anything between nothing and the doubled bound.
 * The chance in it ("full jitter") keeps those that failed together from coming back together.
 */
export function backoffMs(policy: RetryPolicy, attempt: number): number {
  const boundMs = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return randomInt(0, Math.floor(boundMs) + 1);
}

/** Waits before the next attempt. Rejects when the signal aborts. */
export async function waitBeforeRetry(
  policy: RetryPolicy,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  await delay(backoffMs(policy, attempt), undefined, { signal });
}

import { type RetryPolicy, waitBeforeRetry } from "../service/retry-backoff.js";
import type { JobEnd } from "./job.js";

export interface RunLimits {
  /** Longest time one attempt may take, milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

class AttemptTimedOut extends Error {}

/**
 * Runs one job to its end: at most `maxAttempts` attempts, each with a timeout, a growing wait between them.
 * Never rejects: whatever the task does is an outcome, so one job can harm neither its worker nor its
 * siblings.
 * @param attempt one attempt; its signal aborts at the timeout and at shutdown.
 * @param shutdown aborts when the service can wait no longer: the job is handed back.
 */
export async function runJob(
  attempt: (signal: AbortSignal) => Promise<unknown>,
  limits: RunLimits,
  shutdown: AbortSignal,
): Promise<JobEnd> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      const result = await runAttempt(attempt, limits.timeoutMs, shutdown);
      return { outcome: "ok", attempts, result };
    } catch (error) {
      if (shutdown.aborted) return { outcome: "handed-back", attempts };
      if (attempts >= limits.retry.maxAttempts) {
        const outcome = error instanceof AttemptTimedOut ? "timeout" : "error";
        return { outcome, attempts, error: error instanceof Error ? error.message : String(error) };
      }
    }
    try {
      await waitBeforeRetry(limits.retry, attempts, shutdown);
    } catch {
      return { outcome: "handed-back", attempts };
    }
  }
}

/** The task is told to stop by its signal, and not waited for if it does not listen. */
async function runAttempt(
  attempt: (signal: AbortSignal) => Promise<unknown>,
  timeoutMs: number,
  shutdown: AbortSignal,
): Promise<unknown> {
  const stop = new AbortController();
  const atShutdown = () => stop.abort(shutdown.reason);
  const timer = setTimeout(() => {
    stop.abort(new AttemptTimedOut(`an attempt took longer than ${timeoutMs} ms`));
  }, timeoutMs);
  shutdown.addEventListener("abort", atShutdown, { once: true });
  try {
    shutdown.throwIfAborted();
    return await new Promise((resolve, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
      attempt(stop.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    shutdown.removeEventListener("abort", atShutdown);
  }
}

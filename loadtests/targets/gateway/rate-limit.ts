import { Problem } from "../service/problem-details.js";
import type { GatewayStore } from "./gateway-store.js";

export interface RateLimitSettings {
  /** Requests of one client within one window. */
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Counts one request of `client`.
 * @returns the headers that tell the client where it stands.
 * @throws Problem 429 past the limit, with `retry_after` in seconds.
 */
export async function countAgainstLimit(
  store: GatewayStore,
  client: string,
  { limit, windowMs }: RateLimitSettings,
): Promise<Record<string, string>> {
  const { count, windowEndsInMs } = await store.countRequest(client, windowMs);
  // Rounded up: a client that waits as long as it was told must not come too early.
  const secondsLeft = Math.max(1, Math.ceil(windowEndsInMs / 1000));
  const headers = {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(Math.max(0, limit - count)),
    "ratelimit-reset": String(secondsLeft),
  };
  if (count <= limit) return headers;
  throw new Problem(429, "Too Many Requests", `${limit} requests in ${windowMs / 1000} s are the limit.`, {
    extensions: { retry_after: secondsLeft },
    headers: { ...headers, "retry-after": String(secondsLeft) },
  });
}

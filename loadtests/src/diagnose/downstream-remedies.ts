/** What to do about what the service asks of others. */

/** The causes that calls to databases and other services can have. */
export type DownstreamCause =
  | "slow-query"
  | "many-queries"
  | "cache-stampede"
  | "retry-storm"
  | "slow-downstream";

export const DOWNSTREAM_REMEDIES: Readonly<Record<DownstreamCause, string>> = {
  "slow-query":
    "Run the query with EXPLAIN (ANALYZE, BUFFERS): look for a sequential scan that an index would spare, for locks, and for rows that are read and thrown away. A pool or a faster service will not help.",
  "many-queries":
    "Ask once for all: a join, WHERE id = ANY($1), a batch endpoint, or a loader that gathers what one turn of the event loop asks for. Where the calls do not depend on each other, make a few at a time.",
  "cache-stampede":
    "Let those who miss the same cache entry share one call (a map of promises by key), refresh popular entries before they run out, and spread expiry times with jitter.",
  "retry-storm":
    "Retry few times (two or three), only what may be repeated, with exponential backoff and jitter; stop with a circuit breaker while the other side is down, and cap retries at a share of all calls.",
  "slow-downstream":
    "Give every outside call a timeout shorter than your own clients', break the circuit while it fails, cache what may be cached, and bound how many calls wait at once.",
};

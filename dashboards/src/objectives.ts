/** What the burn-rate rules hold a service to. Change them here and run `npm run dashboards`. */
export const OBJECTIVES = {
  /** Share of requests that may end with status 500 or over. */
  errorBudget: 0.001,
  /** Share of requests that may take longer than `latencySeconds`: 0.05 makes it an objective on the p95. */
  latencyBudget: 0.05,
  /** Must be a bucket bound of `http_server_request_duration_seconds`. */
  latencySeconds: 0.25,
} as const;

/** Limits of the other alerts; each says where its number comes from. */
export const LIMITS = {
  /** Blocked seconds a second at one place in the code: 5 % of the loop's time, gone for every request. */
  blockedShare: 0.05,
  /** One block this long stalls every connection; a bucket bound of the block histogram. Seconds. */
  longBlockSeconds: 1,
  /** Collections that take a tenth of the time mean that the heap is nearly full. */
  gcShare: 0.1,
  /** Hours of warning before a growing heap reaches its limit. */
  heapHoursLeft: 6,
  /** Wait for a free thread of libuv's pool, 95th percentile, seconds; idle, it is below 1 ms. */
  threadPoolSeconds: 0.05,
  /** Wait for a pooled connection, 95th percentile, seconds. */
  poolWaitSeconds: 0.05,
  /** Share of a queue's capacity. */
  queueFill: 0.8,
  /** Share of time in which the main thread was ready and had to wait for a processor. */
  runQueueShare: 0.2,
  /** Share of time in which the container was stopped by its processor quota. */
  throttledShare: 0.1,
} as const;

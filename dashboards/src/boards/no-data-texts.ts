/** Why a panel can be empty, said once and the same everywhere. */

export const NEEDS_RULES = "No requests in this range, or Prometheus does not load the recording rules.";
export const NO_REQUESTS = "No requests ended in this range.";
export const NO_AGENT = "No agent was scraped in this range.";
export const NOTHING_BLOCKED = "Nothing blocked the event loop for longer than the threshold.";
export const NO_QUEUE = "The service has no monitored queue.";
export const NO_POOL = "The service has no monitored pool.";
export const NO_DATABASE = "The service asked no database by a client that is measured, in this range.";
export const NO_BREAKER = "The service called nothing through a circuit breaker or a retry policy.";
export const NO_WEBSOCKET = "The service has had no WebSocket connection by ws.";
export const NO_RUN = "No load run pushed metrics in this range.";
/** In place of a function's name: a block of the machine's making has none, nor has one that left no sample. */
export const NO_PLACE = "(no place known)";

import type { TargetFault } from "../service/fault.js";

/** The faults of this service; each stands beside its mend in the file that `what` names. */
export const GATEWAY_FAULTS = [
  {
    id: "missing-timeout",
    what: "Calls to a dead service have no timeout (upstream-request.ts): they wait for good, with their clients.",
    article: "concurrency-notes: every call needs a timeout, a limited retry and a circuit breaker",
    expected: { cause: "slow-downstream", route: "/api/:service/*" },
  },
  {
    id: "retry-storm",
    what: "Ten attempts at once and no breaker (upstream-caller.ts): a stumbling service gets ten times its load.",
    article: "concurrency-notes: retry with backoff, few times, and short-circuit a broken downstream",
    expected: { cause: "retry-storm", route: "/api/:service/*" },
  },
  {
    id: "cache-stampede",
    what: "All who miss the same entry call the service (response-cache.ts) instead of sharing one call.",
    article: "async-in-practice 5.1: GET answers are cached for 300 s",
    expected: { cause: "cache-stampede", route: "/api/:service/*" },
  },
  {
    id: "json-proxying",
    what: "Large answers are parsed and written again on their way (response-relay.ts) instead of streamed.",
    article: "async-in-practice 5.1: the gateway passes the service's answer on",
    expected: {
      cause: "json",
      function: "relayThroughJson",
      file: "targets/gateway/response-relay.ts",
      route: "/api/:service/*",
    },
  },
] as const satisfies readonly TargetFault[];

export const FAULT_IDS = GATEWAY_FAULTS.map((fault) => fault.id);

import type { TargetFault } from "../service/fault.js";

/** Valid until the year 2100 at a gateway with the example's own secret; client `diagnosis`. */
const EXAMPLE_TOKEN = {
  authorization: [
    "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    "eyJzdWIiOiJkaWFnbm9zaXMiLCJleHAiOjQxMDI0NDQ4MDB9",
    "MbK469bplAuJivPJNwNBjXYw3D7L7SY50HafG373KyM",
  ].join("."),
};

/** The faults of this service; each stands beside its mend in the file that `what` names. */
export const GATEWAY_FAULTS = [
  {
    id: "missing-timeout",
    what: "Calls to a dead service have no timeout (upstream-request.ts): they and their clients wait on.",
    article: "concurrency-notes: every call needs a timeout, a limited retry and a circuit breaker",
    expected: { cause: "slow-downstream", route: "/api/:service/*" },
    request: { method: "GET", path: "/api/orders/1?delayMs=600000", headers: EXAMPLE_TOKEN },
  },
  {
    id: "retry-storm",
    what: "Ten attempts at once, no breaker (upstream-caller.ts): a weak service gets ten times its load.",
    article: "concurrency-notes: retry with backoff, few times, and short-circuit a broken downstream",
    expected: { cause: "retry-storm", route: "/api/:service/*" },
    request: { method: "GET", path: "/api/orders/1?status=503&delayMs=20", headers: EXAMPLE_TOKEN },
  },
  {
    id: "cache-stampede",
    what: "All who miss the same entry call the service (response-cache.ts) instead of sharing one call.",
    article: "async-in-practice 5.1: GET answers are cached for 300 s",
    expected: { cause: "cache-stampede", route: "/api/:service/*" },
    request: { method: "GET", path: "/api/products/1?delayMs=2000", headers: EXAMPLE_TOKEN, perSecond: 8 },
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
    request: { method: "GET", path: "/api/products/catalogue", headers: EXAMPLE_TOKEN },
  },
] as const satisfies readonly TargetFault[];

export const FAULT_IDS = GATEWAY_FAULTS.map((fault) => fault.id);

/** Up and up until something gives: the run stops at the rate that the service can no longer take. */

import type { Options } from "k6/options";
import { browse, identifyRun } from "./users-journeys.ts";

export const options: Options = {
  scenarios: {
    browsing: {
      executor: "ramping-arrival-rate",
      exec: "browse",
      startRate: 10,
      timeUnit: "1s",
      preAllocatedVUs: 50,
      maxVUs: 1000,
      stages: [{ target: 2000, duration: "2m" }],
    },
  },
  thresholds: {
    http_req_failed: [{ threshold: "rate<0.05", abortOnFail: true, delayAbortEval: "5s" }],
    response_time: [{ threshold: "p(95)<1000", abortOnFail: true, delayAbortEval: "5s" }],
    dropped_iterations: [{ threshold: "count<100", abortOnFail: true }],
  },
};

export { browse, identifyRun as setup };

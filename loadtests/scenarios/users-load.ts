/** An ordinary day: up to the usual rate, hold it, down again. The service must not notice. */

import type { Options } from "k6/options";
import { browse, identifyRun, register } from "./users-journeys.ts";

export const options: Options = {
  scenarios: {
    browsing: {
      executor: "ramping-arrival-rate",
      exec: "browse",
      startRate: 5,
      timeUnit: "1s",
      preAllocatedVUs: 20,
      maxVUs: 100,
      stages: [
        { target: 40, duration: "15s" },
        { target: 40, duration: "30s" },
        { target: 5, duration: "15s" },
      ],
    },
    registering: {
      executor: "constant-arrival-rate",
      exec: "register",
      rate: 70,
      timeUnit: "1m",
      duration: "60s",
      preAllocatedVUs: 10,
      maxVUs: 50,
    },
  },
  thresholds: {
    http_req_failed: ["rate<0.01"],
    dropped_iterations: ["count==0"],
    "response_time{name:GET /users/:id}": ["p(95)<100"],
    "response_time{name:POST /users}": ["p(95)<1500"],
    target_blocks: ["count==0"],
    target_eventloop_delay: ["p(99)<100"],
  },
};

export { browse, identifyRun as setup, register };

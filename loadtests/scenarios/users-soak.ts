/** The same for hours: does anything grow? Two minutes by default; SOAK=4h for the real thing. */

import type { Options } from "k6/options";
import { browse, identifyRun, register } from "./users-journeys.ts";

const duration = __ENV.SOAK ?? "2m";

export const options: Options = {
  scenarios: {
    browsing: {
      executor: "constant-arrival-rate",
      exec: "browse",
      rate: 30,
      timeUnit: "1s",
      duration,
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
    registering: {
      executor: "constant-arrival-rate",
      exec: "register",
      rate: 20,
      timeUnit: "1m",
      duration,
      preAllocatedVUs: 5,
      maxVUs: 20,
    },
  },
  thresholds: {
    http_req_failed: ["rate<0.001"],
    response_time: ["p(99)<1500"],
    target_blocks: ["count<5"],
    // Ordinary caches fill at first; a leak of the kind of FAULT=slow-leak is a multiple of this.
    target_heap_used: ["max<400000000"],
  },
};

export { browse, identifyRun as setup, register };

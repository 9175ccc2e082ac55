/** A newspaper links to the shop: ten times the load within a second, and gone as quickly. It must recover. */

import type { Options } from "k6/options";
import { browse, identifyRun } from "./users-journeys.ts";

export const options: Options = {
  scenarios: {
    before: {
      executor: "constant-arrival-rate",
      exec: "browse",
      rate: 15,
      timeUnit: "1s",
      duration: "10s",
      preAllocatedVUs: 20,
      maxVUs: 50,
    },
    spike: {
      executor: "constant-arrival-rate",
      exec: "browse",
      startTime: "10s",
      rate: 150,
      timeUnit: "1s",
      duration: "10s",
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
    after: {
      executor: "constant-arrival-rate",
      exec: "browse",
      startTime: "22s",
      rate: 15,
      timeUnit: "1s",
      duration: "10s",
      preAllocatedVUs: 20,
      maxVUs: 50,
    },
  },
  thresholds: {
    http_req_failed: ["rate<0.01"],
    // Recovered: what follows the spike is as fast as what went before it.
    "http_req_duration{scenario:after}": ["p(95)<150"],
    target_blocks: ["count<5"],
  },
};

export { browse, identifyRun as setup };

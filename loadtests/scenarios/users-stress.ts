/** More than usual, for longer than is comfortable: it may become slow, but it may not fail or block. */

import type { Options } from "k6/options";
import { browse, identifyRun } from "./users-journeys.ts";

export const options: Options = {
  scenarios: {
    browsing: {
      executor: "ramping-arrival-rate",
      exec: "browse",
      startRate: 20,
      timeUnit: "1s",
      preAllocatedVUs: 50,
      maxVUs: 400,
      stages: [
        { target: 100, duration: "20s" },
        { target: 200, duration: "20s" },
        { target: 200, duration: "20s" },
        { target: 20, duration: "10s" },
      ],
    },
  },
  thresholds: {
    http_req_failed: ["rate<0.01"],
    response_time: ["p(95)<1000"],
    target_blocks: ["count<5"],
    target_eventloop_utilization: ["avg<0.9"],
  },
};

export { browse, identifyRun as setup };

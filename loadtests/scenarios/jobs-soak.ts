/** The jobs service: does it stay well, with memory that does not grow? Give it time with SOAK_DURATION. */

import type { Options } from "k6/options";
import { checkJobs, checkWork, produce } from "./jobs-journeys.ts";
import { soak } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { soak: soak({ exec: "produce", rate: 15, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    "http_req_duration{name:POST /jobs}": ["p(95)<200"],
    // As the service saw itself.
    target_blocks: ["count==0"],
    target_eventloop_delay: ["p(99)<50"],
    "target_queue_length{name:jobs}": ["max<=100"],
    "target_queue_wait{name:jobs}": ["p(95)<500"],
    target_threadpool_delay: ["p(95)<100"],
    target_heap_growth: ["value<200000"],
  },
};

export { checkJobs as setup, checkWork as teardown, produce };

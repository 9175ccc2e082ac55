/** The jobs service: does it come back when six times as many come at once? */

import type { Options } from "k6/options";
import { checkJobs, checkWork, produce } from "./jobs-journeys.ts";
import { spike } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { spike: spike({ exec: "produce", rate: 15, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    "http_req_duration{name:POST /jobs}": ["p(95)<2000"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
    "target_queue_length{name:jobs}": ["max<=100"],
  },
};

export { checkJobs as setup, checkWork as teardown, produce };

/** The jobs service: how does it fare with twice and four times the visitors of an ordinary day? */

import type { Options } from "k6/options";
import { checkJobs, checkWork, produce } from "./jobs-journeys.ts";
import { stress } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { stress: stress({ exec: "produce", rate: 15, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    "http_req_duration{name:POST /jobs}": ["p(95)<1000"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
    "target_queue_length{name:jobs}": ["max<=100"],
  },
};

export { checkJobs as setup, checkWork as teardown, produce };

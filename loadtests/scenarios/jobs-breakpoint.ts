/** The jobs service: where does it break? The first threshold that fails ends the run and names the limit. */

import type { Options } from "k6/options";
import { checkJobs, checkWork, produce } from "./jobs-journeys.ts";
import { breakpoint } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { breakpoint: breakpoint({ exec: "produce", rate: 15, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: [{ threshold: "rate<0.01", abortOnFail: true, delayAbortEval: "5s" }],
    checks: [{ threshold: "rate>0.99", abortOnFail: true, delayAbortEval: "5s" }],
    "http_req_duration{name:POST /jobs}": [
      { threshold: "p(95)<2000", abortOnFail: true, delayAbortEval: "5s" },
    ],
    // As the service saw itself.
    target_eventloop_delay: [{ threshold: "p(99)<200", abortOnFail: true, delayAbortEval: "5s" }],
    "target_queue_length{name:jobs}": [{ threshold: "max<=100", abortOnFail: true, delayAbortEval: "5s" }],
  },
};

export { checkJobs as setup, checkWork as teardown, produce };

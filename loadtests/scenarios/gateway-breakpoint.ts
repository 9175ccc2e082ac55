/** The gateway: where does it break? The first threshold that fails ends the run and names the limit. */

import type { Options } from "k6/options";
import { checkGateway, shop } from "./gateway-journeys.ts";
import { breakpoint } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { breakpoint: breakpoint({ exec: "shop", rate: 20, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: [{ threshold: "rate<0.01", abortOnFail: true, delayAbortEval: "5s" }],
    checks: [{ threshold: "rate>0.99", abortOnFail: true, delayAbortEval: "5s" }],
    "http_req_duration{name:GET /api/users/:id}": [
      { threshold: "p(95)<1000", abortOnFail: true, delayAbortEval: "5s" },
    ],
    // As the service saw itself.
    target_eventloop_delay: [{ threshold: "p(99)<200", abortOnFail: true, delayAbortEval: "5s" }],
  },
};

export { checkGateway as setup, shop };

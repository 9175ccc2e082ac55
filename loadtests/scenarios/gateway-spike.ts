/** The gateway: does it come back when six times as many come at once? */

import type { Options } from "k6/options";
import { checkGateway, shop } from "./gateway-journeys.ts";
import { spike } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { spike: spike({ exec: "shop", rate: 20, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    "http_req_duration{name:GET /api/users/:id}": ["p(95)<1000"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
  },
};

export { checkGateway as setup, shop };

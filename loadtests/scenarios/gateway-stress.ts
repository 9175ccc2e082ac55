/** The gateway: how does it fare with twice and four times the visitors of an ordinary day? */

import type { Options } from "k6/options";
import { checkGateway, shop } from "./gateway-journeys.ts";
import { stress } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { stress: stress({ exec: "shop", rate: 20, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    "http_req_duration{name:GET /api/users/:id}": ["p(95)<500"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
  },
};

export { checkGateway as setup, shop };

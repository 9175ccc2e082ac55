/** The gateway: does it work at all? */

import type { Options } from "k6/options";
import { checkGateway, shop } from "./gateway-journeys.ts";
import { smoke } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { smoke: smoke({ exec: "shop", rate: 20, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    "http_req_duration{name:GET /api/users/:id}": ["p(95)<300"],
    // As the service saw itself.
    target_blocks: ["count==0"],
  },
};

export { checkGateway as setup, shop };

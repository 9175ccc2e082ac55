/** The gateway: does it stay well, with memory that does not grow? Give it time with SOAK_DURATION. */

import type { Options } from "k6/options";
import { checkGateway, shop } from "./gateway-journeys.ts";
import { soak } from "./load-shapes.ts";

export const options: Options = {
  scenarios: { soak: soak({ exec: "shop", rate: 20, visitSeconds: 0.5 }) },
  thresholds: {
    // As the clients saw it.
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    "http_req_duration{name:GET /api/users/:id}": ["p(95)<150"],
    // As the service saw itself.
    target_blocks: ["count==0"],
    target_eventloop_delay: ["p(99)<50"],
    target_heap_growth: ["value<200000"],
  },
};

export { checkGateway as setup, shop };

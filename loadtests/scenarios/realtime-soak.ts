/** The rooms: does it stay well, with memory that does not grow? Give it time with SOAK_DURATION. */

import type { Options } from "k6/options";
import { soak } from "./load-shapes.ts";
import { checkRealtime, visitRoom } from "./realtime-journeys.ts";

export const options: Options = {
  scenarios: { soak: soak({ exec: "visitRoom", rate: 15, visitSeconds: 9 }) },
  thresholds: {
    // As the clients saw it.
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    room_echo: ["p(95)<150"],
    // As the service saw itself.
    target_blocks: ["count==0"],
    target_eventloop_delay: ["p(99)<50"],
    target_heap_growth: ["value<100000"],
  },
};

export { checkRealtime as setup, visitRoom };

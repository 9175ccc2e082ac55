/** The rooms: does it work at all? */

import type { Options } from "k6/options";
import { smoke } from "./load-shapes.ts";
import { checkRealtime, visitRoom } from "./realtime-journeys.ts";

export const options: Options = {
  scenarios: { smoke: smoke({ exec: "visitRoom", rate: 15, visitSeconds: 9 }) },
  thresholds: {
    // As the clients saw it.
    checks: ["rate>0.99"],
    dropped_iterations: ["count==0"],
    room_echo: ["p(95)<200"],
    // As the service saw itself.
    target_blocks: ["count==0"],
  },
};

export { checkRealtime as setup, visitRoom };

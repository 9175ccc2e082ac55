/** The rooms: does it come back when six times as many come at once? */

import type { Options } from "k6/options";
import { spike } from "./load-shapes.ts";
import { checkRealtime, visitRoom } from "./realtime-journeys.ts";

export const options: Options = {
  scenarios: { spike: spike({ exec: "visitRoom", rate: 15, visitSeconds: 9 }) },
  thresholds: {
    // As the clients saw it.
    checks: ["rate>0.99"],
    room_echo: ["p(95)<1000"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
  },
};

export { checkRealtime as setup, visitRoom };

/** The rooms: how does it fare with twice and four times the visitors of an ordinary day? */

import type { Options } from "k6/options";
import { stress } from "./load-shapes.ts";
import { checkRealtime, visitRoom } from "./realtime-journeys.ts";

export const options: Options = {
  scenarios: { stress: stress({ exec: "visitRoom", rate: 15, visitSeconds: 9 }) },
  thresholds: {
    // As the clients saw it.
    checks: ["rate>0.99"],
    room_echo: ["p(95)<500"],
    // As the service saw itself.
    target_eventloop_delay: ["p(99)<200"],
  },
};

export { checkRealtime as setup, visitRoom };

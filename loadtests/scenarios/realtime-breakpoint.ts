/** The rooms: where does it break? The first threshold that fails ends the run and names the limit. */

import type { Options } from "k6/options";
import { breakpoint } from "./load-shapes.ts";
import { checkRealtime, visitRoom } from "./realtime-journeys.ts";

export const options: Options = {
  scenarios: { breakpoint: breakpoint({ exec: "visitRoom", rate: 15, visitSeconds: 9 }) },
  thresholds: {
    // As the clients saw it.
    checks: [{ threshold: "rate>0.99", abortOnFail: true, delayAbortEval: "5s" }],
    room_echo: [{ threshold: "p(95)<1000", abortOnFail: true, delayAbortEval: "5s" }],
    // As the service saw itself.
    target_eventloop_delay: [{ threshold: "p(99)<200", abortOnFail: true, delayAbortEval: "5s" }],
  },
};

export { checkRealtime as setup, visitRoom };

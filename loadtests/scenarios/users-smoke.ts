/** Does it work at all? One person, a few seconds, every route once in a while; nothing may fail. */

import type { Options } from "k6/options";
import { browse, identifyRun, listProducts, type RunIdentity, register } from "./users-journeys.ts";

export const options: Options = {
  vus: 1,
  duration: "5s",
  thresholds: {
    http_req_failed: ["rate==0"],
    checks: ["rate==1"],
    target_blocks: ["count==0"],
  },
};

export { identifyRun as setup };

export default function everyRoute(run: RunIdentity): void {
  register(run);
  browse();
  listProducts();
}

/** The real k6, for tests against it. */

import { spawnSync } from "node:child_process";

/** The program: K6_BIN, or `k6` on the PATH. */
export const K6 = process.env.K6_BIN ?? "k6";

/** For a test's `skip`: false where k6 answers, otherwise why nothing is tested. */
export const skipWithoutK6: false | string =
  spawnSync(K6, ["version"]).status === 0 ? false : "the k6 binary is not installed (K6_BIN)";

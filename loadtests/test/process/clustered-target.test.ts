/** A target in several processes is one target. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fixture, loopscope, recordedRun, workFolder } from "./loopscope-command.js";

const SCRIPT = `import http from "k6/http";
export const options = {
  scenarios: {
    even: { executor: "constant-arrival-rate", rate: 30, duration: "4s", preAllocatedVUs: 10 },
  },
  thresholds: { target_blocks: ["count<1"] },
};
export default () => http.get(__ENV.BASE_URL);
`;

test("a run joins the requests and blocks of all workers of a cluster", async (t) => {
  const folder = workFolder(t);
  writeFileSync(path.join(folder, "script.js"), SCRIPT);
  const command = ["run", "script.js", "--", process.execPath, fixture("clustered.cjs")];
  const end = await loopscope(folder, command);
  assert.equal(end.code, 99, end.stdout + end.stderr);
  const { document } = recordedRun(folder);
  const { target } = document;
  const served = target?.http.byRoute.reduce((sum, { requests }) => sum + requests, 0) ?? 0;
  // The seconds in which the load began and ended count when most of them lie within; a worker serves 40.
  const { completed } = document.client.requests;
  assert.ok(served > completed * 0.6 && served <= completed, `${served} of ${completed}`);
  const blocked = (target?.blocks ?? []).filter(({ pid }) => pid !== target?.pid);
  assert.ok(blocked.length >= 8, `${blocked.length} of 12 blocks`);
  assert.equal(new Set(blocked.map(({ pid }) => pid)).size, 3);
  assert.ok(blocked.some((block) => block.function === "holdTheWorker"));
});

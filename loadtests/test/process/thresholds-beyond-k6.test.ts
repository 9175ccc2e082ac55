/** `rate[last 2s]<0.5` and `forall name rate<0.5`, through the real command. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { loopscope, recordedRun, workFolder } from "./loopscope-command.js";

/** Answers 500 to so many requests, from the 100th on; and always to /bad. */
async function startFailingServer(context: TestContext, failures: number): Promise<string> {
  let answered = 0;
  const server = createServer(({ url }, response) => {
    answered += 1;
    const fails = url === "/bad" || (answered >= 100 && answered < 100 + failures);
    response.statusCode = fails ? 500 : 200;
    response.end("x");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function scriptIn(folder: string, thresholds: string): string {
  const file = path.join(folder, "load.ts");
  writeFileSync(
    file,
    `import http from "k6/http";
     export const options = {
       scenarios: { steady: { executor: "constant-arrival-rate", rate: 50, timeUnit: "1s", duration: "10s", preAllocatedVUs: 20 } },
       thresholds: ${thresholds},
     };
     export default function () { http.get(__ENV.BASE_URL); }`,
  );
  return file;
}

test("an outage that the total hides fails the threshold on its window, and says when", async (context) => {
  const folder = workFolder(context);
  const url = await startFailingServer(context, 100);
  const file = scriptIn(folder, `{ http_req_failed: ["rate<0.5", "rate[last 1s]<0.5"] }`);
  const { code, stdout } = await loopscope(folder, ["run", file, "-e", `BASE_URL=${url}`]);
  assert.equal(code, 99, stdout);
  const { document } = recordedRun(folder);
  const [whole, window] = document.thresholds;
  assert.deepEqual([whole?.ok, window?.ok], [true, false]);
  assert.equal(whole?.actual, 0.2);
  assert.ok((window?.actual ?? 0) > 0.5);
  assert.match(window?.note ?? "", /worst window, up to \d+ s/);
});

test("a window can stop the run while the outage lasts", async (context) => {
  const folder = workFolder(context);
  const url = await startFailingServer(context, 10_000);
  const file = scriptIn(
    folder,
    `{ http_req_failed: [{ threshold: "rate[last 2s]<0.4", abortOnFail: true }] }`,
  );
  const { code } = await loopscope(folder, ["run", file, "-e", `BASE_URL=${url}`]);
  assert.equal(code, 99);
  const { document } = recordedRun(folder);
  assert.ok(document.durationSeconds < 8, `${document.durationSeconds} s of 10`);
});

test("forall finds the one endpoint that fails among many that do not", async (context) => {
  const folder = workFolder(context);
  const url = await startFailingServer(context, 0);
  const file = path.join(folder, "load.ts");
  writeFileSync(
    file,
    `import http from "k6/http";
     export const options = { iterations: 5, thresholds: { http_req_failed: ["rate<0.5", "forall name rate<0.5"] } };
     export default function () {
       for (const path of ["/a", "/bad", "/c"]) http.get(__ENV.BASE_URL + path, { tags: { name: path } });
     }`,
  );
  const { code, stdout } = await loopscope(folder, ["run", file, "-e", `BASE_URL=${url}`]);
  assert.equal(code, 99, stdout);
  const [whole, each] = recordedRun(folder).document.thresholds;
  assert.deepEqual([whole?.ok, each?.ok, each?.actual, each?.note], [true, false, 1, "worst: /bad"]);
  assert.match(stdout, /forall name rate<0.5 .*1 \(worst: \/bad\)/);
});

test("bench keeps totals: a window on one of its metrics is refused before the first request", async (context) => {
  const folder = workFolder(context);
  const threshold = "http_req_failed rate[last 2s]<0.5";
  const { code, stderr } = await loopscope(folder, [
    ...["bench", "-d", "1", "--threshold", threshold],
    "http://127.0.0.1:9",
  ]);
  assert.equal(code, 104, stderr);
  assert.match(
    stderr,
    /bench keeps totals, so windows are for target_ metrics, and windows and forall for scripts/,
  );
});

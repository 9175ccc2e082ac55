/** `run --threads`: judged, audited and ended as a run of one thread. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fixture, loopscope, recordedRun, SERVER, workFolder } from "./loopscope-command.js";

const TARGET = ["--", process.execPath, SERVER];

function script(folder: string, text: string): string {
  const file = path.join(folder, "load.ts");
  const imports = ['http from "k6/http"', '{ sleep } from "k6"', 'exec from "k6/execution"'];
  writeFileSync(file, `${imports.map((one) => `import ${one};\n`).join("")}${text}`);
  return file;
}

test("thresholds are judged on the figures of all threads, and abortOnFail ends every one", async (t) => {
  const folder = workFolder(t);
  // 40 a second over three threads: no thread alone gets to 50 before the second second.
  const file = script(
    folder,
    `export const options = {
      scenarios: { a: { executor: "constant-arrival-rate", rate: 40, duration: "60s", preAllocatedVUs: 60 } },
      thresholds: { iterations: [{ threshold: "count<50", abortOnFail: true }], http_req_failed: ["rate<0.01"] } };
    export default function () { http.get(__ENV.BASE_URL); }`,
  );
  const end = await loopscope(folder, ["run", file, "--threads", "3", ...TARGET]);
  assert.equal(end.code, 99, end.stderr);
  const { document } = recordedRun(folder);
  assert.equal(document.outcome.kind, "aborted");
  assert.ok(document.durationSeconds < 20, `${document.durationSeconds} s`);
  const { started, completed, dropped } = document.client.requests;
  assert.ok(
    started >= 50 && completed === started && dropped === 0,
    JSON.stringify(document.client.requests),
  );
  assert.match(end.stderr, /virtual users and arrivals are spread over 3 threads/);
});

test("Ctrl-C ends all threads, keeps the results so far, writes every report and exits 105", async (t) => {
  let asked = false;
  const end = await loopscope(workFolder(t), ["run", fixture("long.ts"), "--threads", "2", ...TARGET], {
    onStderr: (text, child) => {
      if (asked || !/long load 0:02/.test(text)) return;
      asked = true;
      child.kill("SIGINT");
    },
  });
  assert.equal(end.code, 105, end.stderr);
  const { document, files } = recordedRun(end.folder);
  assert.equal(document.outcome.kind, "interrupted");
  const { started, completed, unfinished } = document.client.requests;
  assert.ok(completed > 10);
  assert.equal(started, completed + unfinished);
  assert.ok(document.durationSeconds < 60);
  assert.ok(files.includes("report.html"));
});

test("a thread that is busy makes the run untrustworthy, and is named", async (t) => {
  const folder = workFolder(t);
  const file = script(
    folder,
    `export const options = { vus: 3, duration: "4s" };
    export default function () {
      http.get(__ENV.BASE_URL);
      if (__VU !== 2) return sleep(0.1);
      for (const until = Date.now() + 200; Date.now() < until; ) Math.sqrt(2);
    }`,
  );
  const end = await loopscope(folder, ["run", file, "--threads", "3", "--strict", ...TARGET]);
  const { document } = recordedRun(folder);
  assert.equal(document.trust.ok, false);
  assert.match(
    document.trust.reasons.join("\n"),
    /^the event loop of the generator's thread 2 of 3 was over 90 % busy in \d of \d seconds: /m,
  );
  assert.equal(end.code, 122, end.stderr);
});

test("a warm-up counts for nothing in any thread", async (t) => {
  const args = ["run", fixture("bad-first-second.ts"), "--warmup", "2s", "--threads", "2", ...TARGET];
  const end = await loopscope(workFolder(t), args);
  const { document } = recordedRun(end.folder);
  assert.equal(end.code, 0, end.stdout);
  const { started, completed, failed } = document.client.requests;
  assert.ok(completed >= 50 && completed <= 65, `${completed} completed`);
  assert.deepEqual([started, failed], [completed, 0]);
  assert.equal(document.client.checks[0]?.fails, 0);
});

test("exec.test.abort() exits 108, and a script that throws in every iteration 107", async (t) => {
  const folder = workFolder(t);
  const file = script(
    folder,
    `export const options = { vus: 4, duration: "30s" };
    export default function () { http.get(__ENV.BASE_URL); if (__VU === 4) exec.test.abort("enough"); }`,
  );
  const aborted = await loopscope(folder, ["run", file, "--threads", "2", ...TARGET]);
  assert.equal(aborted.code, 108, aborted.stderr);
  const args = ["run", fixture("every-iteration-throws.ts"), "--threads", "2", ...TARGET];
  const thrown = await loopscope(workFolder(t), args);
  assert.equal(thrown.code, 107, thrown.stderr);
  assert.match(thrown.stdout, /the script threw in each of its \d+ iterations/);
});

const FEW = `export const options = { scenarios: { few: { executor: "constant-arrival-rate", rate: 1, duration: "1s", preAllocatedVUs: 2 } } };
  export default function () {}`;
const REFUSALS: readonly { args: readonly string[]; sentence: RegExp }[] = [
  { args: ["--threads", "0"], sentence: /--threads must be a whole number from 1 to 64, got "0"/ },
  { args: ["--threads", "65"], sentence: /--threads must be a whole number from 1 to 64, got "65"/ },
  {
    args: ["--threads", "2", "--engine", "k6"],
    sentence: /--threads is for the embedded engine, got "2" with --engine k6: k6 spreads/,
  },
  {
    args: ["--threads", "3"],
    sentence: /the scenario few has arrivals .* 2 virtual users at most, fewer than the 3 threads: raise/,
  },
];

for (const { args, sentence } of REFUSALS) {
  test(`\`${args.join(" ")}\` is refused in one sentence before anything starts`, async (t) => {
    const folder = workFolder(t);
    const end = await loopscope(folder, ["run", script(folder, FEW), ...args]);
    assert.equal(end.code, 104, end.stderr);
    assert.match(end.stderr, sentence);
    assert.equal(end.stderr.trim().split("\n").length, 1);
  });
}

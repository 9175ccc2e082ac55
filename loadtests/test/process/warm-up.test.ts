/** `run --warmup`: what comes first is loaded and does not count, on either side. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fixture, loopscope, recordedRun, SERVER, workFolder } from "./loopscope-command.js";

const SCRIPT = fixture("bad-first-second.ts");
const TARGET = ["--", process.execPath, SERVER];

test("what fails and blocks within the warm-up breaks no threshold, and is in no figure", async (t) => {
  const end = await loopscope(workFolder(t), ["run", SCRIPT, "--warmup", "2s", ...TARGET]);
  const { document } = recordedRun(end.folder);
  const host = (document.target?.blocks ?? []).filter(({ cause }) => cause === "host");
  assert.deepEqual(
    document.thresholds.filter(({ ok }) => !ok),
    [],
    end.stdout,
  );
  assert.equal(end.code, 0);
  const { started, completed, failed } = document.client.requests;
  // 20 a second over the 3 s that count, and those in flight when they began.
  assert.ok(completed >= 50 && completed <= 65, `${completed} completed`);
  assert.deepEqual([started, failed], [completed, 0]);
  assert.equal(document.client.checks[0]?.fails, 0);
  assert.equal(
    document.client.byName.reduce((sum, { requests }) => sum + requests, 0),
    completed,
  );
  assert.ok(document.durationSeconds < 4, `${document.durationSeconds} s`);
  assert.equal(document.target?.blocks.length, host.length);
  assert.match(end.stderr, /warm-up: the first 2 s do not count/);
  assert.match(end.stderr, /^bad-first-second warm-up /m);
});

test("without a warm-up the same load fails, on both sides", async (t) => {
  const end = await loopscope(workFolder(t), ["run", SCRIPT, ...TARGET]);
  const { document } = recordedRun(end.folder);
  assert.equal(end.code, 99);
  assert.deepEqual(
    document.thresholds.map(({ metric, ok }) => [metric, ok]),
    [
      ["http_req_failed", false],
      ["checks", false],
      ["early", false],
      ["iterations", false],
      ["target_blocks", false],
    ],
  );
});

const REFUSALS: readonly { args: readonly string[]; sentence: RegExp }[] = [
  {
    args: ["--warmup", "5s"],
    sentence: /the warm-up must be shorter than the load, which lasts 5 s, got 5 s \(--warmup\)/,
  },
  { args: ["--warmup", "0s"], sentence: /--warmup must be a duration above zero .*, got "0s"/ },
  { args: ["--engine", "k6", "--warmup", "1s"], sentence: /--warmup is for the embedded engine: k6 counts/ },
];

for (const { args, sentence } of REFUSALS) {
  test(`\`${args.join(" ")}\` is refused in one sentence before anything starts`, async (t) => {
    const end = await loopscope(workFolder(t), ["run", SCRIPT, ...args, "-e", "BASE_URL=http://127.0.0.1:9"]);
    assert.equal(end.code, 104, end.stderr);
    assert.match(end.stderr, sentence);
    assert.equal(end.stderr.trim().split("\n").length, 1);
  });
}

test("a load that ends within its warm-up has no data, which fails its thresholds", async (t) => {
  const args = ["run", SCRIPT, "--vus", "1", "--iterations", "3", "--warmup", "30s", ...TARGET];
  const end = await loopscope(workFolder(t), args);
  assert.equal(end.code, 99, end.stderr);
  const { document } = recordedRun(end.folder);
  assert.equal(document.client.requests.started, 0);
  assert.equal(document.trust.ok, true, document.trust.reasons.join());
  assert.ok(!document.findings.some(({ cause }) => cause === "generator"));
  assert.equal(document.thresholds.find(({ metric }) => metric === "checks")?.ok, false);
});

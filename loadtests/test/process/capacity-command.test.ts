import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fixture, loopscope, workFolder } from "./loopscope-command.js";

interface CapacityAnswer {
  readonly schema: string;
  readonly rate: number | null;
  readonly failsAt: number | null;
  readonly limitedBy: string;
  readonly steps: readonly { rate: number; verdict: string; reason: string | null; folder: string }[];
}

const SCRIPT = fixture("within-limits.js");
const TARGET = ["--", process.execPath, fixture("one-at-a-time.cjs")];

test("a service that answers a hundred a second has a capacity below that, with a run for each step", async (t) => {
  const folder = workFolder(t);
  const search = ["--from", "15", "--step", "1s", "--precision", "30", "--json"];
  const { code, stdout, stderr } = await loopscope(folder, ["capacity", SCRIPT, ...search, ...TARGET]);
  assert.equal(code, 0, stderr);
  const answer = JSON.parse(stdout) as CapacityAnswer;
  assert.equal(answer.schema, "loopscope/capacity/1");
  assert.ok(answer.rate !== null && answer.rate >= 15 && answer.rate <= 125, stdout);
  assert.ok(answer.failsAt !== null && answer.failsAt > answer.rate, stdout);
  assert.equal(answer.limitedBy, "target");
  const failed = answer.steps.find(({ verdict }) => verdict === "fails");
  assert.equal(failed?.reason, "response_time p(95)<150");
  for (const step of answer.steps) assert.ok(existsSync(path.join(step.folder, "report.html")), step.folder);
  assert.match(stderr, /✓ +15\/s for 1 s/);
});

test("its steps are driven by as many threads as --threads says", async (t) => {
  const folder = workFolder(t);
  const search = ["--from", "10", "--to", "10", "--step", "1s", "--threads", "2", "--json"];
  const { code, stdout, stderr } = await loopscope(folder, ["capacity", SCRIPT, ...search, ...TARGET]);
  assert.equal(code, 0, stderr);
  const [step] = (JSON.parse(stdout) as CapacityAnswer).steps;
  const timeline = readFileSync(path.join(step?.folder ?? "", "timeline.ndjson"), "utf8");
  const line = JSON.parse(/^.*"type":"client".*$/m.exec(timeline)?.[0] ?? "{}");
  assert.equal(line.interval?.threadUtilizations?.length, 2);
  const refused = await loopscope(folder, ["capacity", SCRIPT, "--threads", "65", ...TARGET]);
  assert.equal(refused.code, 104);
  assert.match(refused.stderr, /--threads must be a whole number from 1 to 64, got "65"/);
});

test("where not even the lowest rate holds the verdict says so and the exit code is 99", async (t) => {
  const search = ["--from", "400", "--to", "400", "--step", "1s"];
  const { code, stdout } = await loopscope(workFolder(t), ["capacity", SCRIPT, ...search, ...TARGET]);
  assert.equal(code, 99);
  assert.match(stdout, /capacity {2}none; a threshold fails at 400 a second already/);
});

test("a script without thresholds, and a range that ends before it begins, are refused in one sentence", async (t) => {
  const folder = workFolder(t);
  const without = await loopscope(folder, ["capacity", fixture("../one-get.js"), ...TARGET]);
  assert.equal(without.code, 104);
  assert.match(without.stderr, /has no thresholds, so every rate would hold/);
  const backwards = await loopscope(folder, ["capacity", SCRIPT, "--from", "50", "--to", "20", ...TARGET]);
  assert.equal(backwards.code, 104);
  assert.match(backwards.stderr, /--from must be at most --to \(20\), got 50/);
});

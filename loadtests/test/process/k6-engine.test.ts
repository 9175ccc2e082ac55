import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunDocument } from "../../src/report/run-document.js";
import { K6, skipWithoutK6 as skip } from "./installed-k6.js";
import { fixture, loopscope, recordedRun, SERVER, workFolder } from "./loopscope-command.js";

const environment = { K6_BIN: K6 };

async function runOn(
  t: { after(fn: () => void): void },
  engine: string,
  script: string,
  code: number,
): Promise<RunDocument> {
  const args = ["run", "--engine", engine, fixture(script), "--", process.execPath, SERVER];
  const end = await loopscope(workFolder(t), args, { environment });
  assert.equal(end.code, code, `${engine}: ${end.stderr}`);
  return recordedRun(end.folder).document;
}

test("both engines agree on counts, checks and verdicts of the same script", { skip }, async (t) => {
  const embedded = await runOn(t, "embedded", "healthy.ts", 0);
  const k6 = await runOn(t, "k6", "healthy.ts", 0);
  assert.deepEqual([embedded.engine, k6.engine], ["embedded", "k6"]);
  const arrivals = (run: RunDocument): number => run.client.requests.completed + run.client.requests.dropped;
  assert.ok(Math.abs(arrivals(embedded) - arrivals(k6)) <= 1, `${arrivals(embedded)} and ${arrivals(k6)}`);
  const verdicts = (run: RunDocument): unknown =>
    run.thresholds.map(({ metric, expression, ok }) => [metric, expression, ok]).sort();
  assert.deepEqual(verdicts(k6), verdicts(embedded));
  for (const run of [embedded, k6]) {
    assert.equal(run.client.checks[0]?.path, "::answered ok");
    assert.equal(run.client.checks[0]?.fails, 0);
    assert.deepEqual(
      run.client.byName.map(({ name, method }) => [name, method]),
      [["front", "GET"]],
    );
    assert.equal(run.target?.node, process.version);
  }
});

test("a target_ threshold, unknown to k6, is judged by Loopscope on k6 too", { skip }, async (t) => {
  const document = await runOn(t, "k6", "blocking.ts", 99);
  assert.equal(document.thresholds[0]?.ok, false);
  assert.ok((document.target?.blockCount ?? 0) >= 4);
});

test("abortOnFail stops k6", { skip }, async (t) => {
  const document = await runOn(t, "k6", "aborts-on-fail.ts", 99);
  assert.equal(document.outcome.kind, "aborted");
  assert.ok(document.durationSeconds < 30);
});

test("a script whose every iteration throws fails with 107 on k6, where k6 itself exits 0", {
  skip,
}, async (t) => {
  const document = await runOn(t, "k6", "every-iteration-throws.ts", 107);
  assert.match(document.outcome.message ?? "", /threw in each of its 3 iterations/);
});

test("without k6 the command says how to get it and exits 104", async (t) => {
  const args = ["run", "--engine", "k6", fixture("healthy.ts")];
  const end = await loopscope(workFolder(t), args, { environment: { K6_BIN: "/no/such/k6" } });
  assert.equal(end.code, 104);
  assert.match(
    end.stderr,
    /the k6 binary "\/no\/such\/k6" cannot be run \(ENOENT\): install k6 2\.x from https/,
  );
});

test("what k6 has no option for is refused before the start", { skip }, async (t) => {
  const args = ["run", "--engine", "k6", "--rate", "5", fixture("healthy.ts")];
  const end = await loopscope(workFolder(t), args, { environment });
  assert.equal(end.code, 104);
  assert.match(end.stderr, /--rate works with the embedded engine only/);
});

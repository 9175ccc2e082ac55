/** The scenarios of this repository on the real k6: each is accepted, and each service's smoke scenario agrees. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { prepareScript } from "../../src/engine/embedded/prepare-script.js";
import { prepareK6Run } from "../../src/engine/k6-binary/prepare-k6-run.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { K6, skipWithoutK6 as skip } from "./installed-k6.js";
import { loopscope, recordedRun, workFolder } from "./loopscope-command.js";

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const SCENARIOS = path.join(PACKAGE, "scenarios");
/** The others are modules that scenarios import. */
const isScenario = (file: string): boolean =>
  /^(users|blocking-lab|[a-z]+-(smoke|load|stress|spike|soak|breakpoint))\.ts$/.test(file);

test("every scenario means the same to the real k6: length, model and thresholds", { skip }, async () => {
  const files = readdirSync(SCENARIOS).filter(isScenario);
  assert.ok(files.length >= 26, `${files.length} scenarios`);
  for (const file of files) {
    const request = { scriptPath: path.join(SCENARIOS, file), env: { K6_BIN: K6 }, overrides: {} };
    const ours = await prepareScript(request);
    const k6 = await prepareK6Run(request);
    const meaning = ({ plannedSeconds, model, thresholds }: typeof ours): unknown => ({
      plannedSeconds,
      model,
      thresholds: thresholds.map(({ metric, expression }) => `${metric} ${expression}`).sort(),
    });
    assert.deepEqual(meaning(k6), meaning(ours), file);
  }
});

for (const target of ["gateway", "jobs", "realtime", "users"]) {
  test(`the smoke scenario of ${target} has the same names, checks and verdicts on both engines`, {
    skip,
    timeout: 180_000,
  }, async (t) => {
    const server = path.join(PACKAGE, `build/targets/${target}/server.js`);
    const script = path.join(SCENARIOS, `${target}-smoke.ts`);
    const runOn = async (engine: string): Promise<RunDocument> => {
      const args = ["run", "--engine", engine, "-q", script, "--", process.execPath, server];
      const end = await loopscope(workFolder(t), args, { environment: { K6_BIN: K6 } });
      assert.ok(end.code === 0 || end.code === 99, `${engine}: ${end.code}\n${end.stderr}`);
      return recordedRun(end.folder).document;
    };
    const [embedded, k6] = [await runOn("embedded"), await runOn("k6")];
    assert.deepEqual(namesOf(k6), namesOf(embedded));
    assert.deepEqual(checksOf(k6), checksOf(embedded));
    assert.deepEqual(verdictsOf(k6), verdictsOf(embedded));
    // A closed loop turns as often as the machine lets it.
    if (embedded.client.model === "closed") return;
    // The first or the last arrival may fall on either side of the end.
    const [a, b] = [iterationsOf(embedded), iterationsOf(k6)];
    assert.ok(a > 0 && Math.abs(a - b) <= 2, `${a} and ${b} iterations`);
  });
}

function namesOf({ client }: RunDocument): readonly string[] {
  return client.byName.map(({ name, method }) => `${method} ${name}`).sort();
}

/** Whether each check always passed. */
function checksOf({ client }: RunDocument): Readonly<Record<string, boolean>> {
  return Object.fromEntries(
    client.checks.map(({ path: name, passes, fails }) => [name, passes > 0 && fails === 0] as const).sort(),
  );
}

/** Of what does not depend on how busy the machine is. */
function verdictsOf({ thresholds }: RunDocument): readonly string[] {
  return thresholds
    .filter(({ expression }) => /^(rate|count)/.test(expression))
    .filter(({ metric }) => metric !== "target_blocks" && metric !== "dropped_iterations")
    .map(({ metric, expression, ok }) => `${metric} ${expression}: ${ok}`)
    .sort();
}

function iterationsOf({ client }: RunDocument): number {
  return (client.metrics.iterations?.values.count ?? Number.NaN) + client.requests.dropped;
}

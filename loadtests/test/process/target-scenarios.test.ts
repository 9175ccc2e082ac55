import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { prepareScript } from "../../src/engine/embedded/prepare-script.js";
import type { RunDocument } from "../../src/report/run-document.js";

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));
const TARGETS = ["gateway", "jobs", "realtime"] as const;
const SHAPES = ["smoke", "load", "stress", "spike", "soak", "breakpoint"] as const;

function scriptOf(target: string, shape: string): string {
  return join(PACKAGE, "scenarios", `${target}-${shape}.ts`);
}

for (const target of TARGETS) {
  test(`every scenario of ${target} is valid and has thresholds on both sides`, async () => {
    for (const shape of SHAPES) {
      const load = await prepareScript({ scriptPath: scriptOf(target, shape), env: {}, overrides: {} });
      assert.equal(load.model, "open");
      const metrics = load.thresholds.map(({ metric }) => metric);
      assert.ok(
        metrics.some((metric) => metric.startsWith("target_")),
        `${shape}: ${metrics}`,
      );
      assert.ok(
        metrics.some((metric) => !metric.startsWith("target_")),
        `${shape}: ${metrics}`,
      );
      const planned = load.plannedSeconds ?? Number.POSITIVE_INFINITY;
      assert.ok(planned <= 150, `${shape} takes ${planned} s`);
      const aborting = load.thresholds.filter(({ abortOnFail }) => abortOnFail);
      assert.equal(aborting.length > 0, shape === "breakpoint");
    }
  });

  test(`the smoke scenario of ${target} runs through with every check passed`, {
    timeout: 120_000,
  }, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "scenario-"));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const loopscope = join(PACKAGE, "bin/loopscope.js");
    const server = join(PACKAGE, `build/targets/${target}/server.js`);
    const script = scriptOf(target, "smoke");
    const run = spawn(
      process.execPath,
      [loopscope, "run", script, "--quiet", "--out", folder, "--", process.execPath, server],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    context.after(() => run.kill("SIGKILL"));
    run.stdout.resume();
    run.stderr.resume();
    await once(run, "close");
    const document = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as RunDocument;
    assert.ok(document.client.checks.length > 0);
    for (const { name, passes, fails } of document.client.checks) {
      assert.ok(passes > 0 && fails === 0, `${name}: ${passes} passed, ${fails} failed`);
    }
    // Times and blocks may fail on a busy machine; a threshold without data is a mistake of the script.
    for (const { metric, actual, note } of document.thresholds) {
      assert.notEqual(actual, null, `${metric}: ${note}`);
    }
  });
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";

const PROGRAM = fileURLToPath(new URL("../../../test/fixtures/measure-report.mjs", import.meta.url));

test("an hour's report is under 1.5 MB, built in under 5 seconds with under 300 MB", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-hour-"));
  try {
    const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 3600, ratePerSecond: 20 });
    assert.ok((document.target?.blockCount ?? 0) > 1000);
    await writeFile(path.join(folder, "run.json"), JSON.stringify(document));
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, folder]);
    const { seconds, peakMiB } = JSON.parse(stdout) as { seconds: number; peakMiB: number };
    assert.ok(seconds < 5, `${seconds} s`);
    assert.ok(peakMiB < 300, `${peakMiB} MiB`);
    const { size } = await stat(path.join(folder, "report.html"));
    assert.ok(size < 1_500_000, `${size} bytes`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

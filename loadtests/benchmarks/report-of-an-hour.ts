/**
 * How long does the report of an hour-long run take, how much memory, and how large is the file?
 * The run is generated (100 requests a second, a block every two seconds, eight routes a frame) in this
 * process; each measurement is a fresh one. `node loadtests/build/benchmarks/report-of-an-hour.js [hours]
 * [rounds]`
 */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunDocument } from "../src/report/run-document.js";
import { writeRunReports } from "../src/report/write-run-reports.js";
import { USUAL_LOAD, writeGeneratedRun } from "../test/generated/generated-run.js";

interface Measured {
  readonly tookMs: number;
  readonly peakBytes: number;
}

const [first = "1", second = "3"] = process.argv.slice(2);
if (first === "--measure") await measureOnce(second);
else await compare(Number(first), Number(second));

async function compare(hours: number, rounds: number): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-hour-"));
  try {
    const run = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: hours * 3600, ratePerSecond: 100 });
    await writeFile(path.join(folder, "run.json"), JSON.stringify(run.document));
    const timeline = await stat(path.join(folder, "timeline.ndjson"));
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round++) {
      const script = fileURLToPath(import.meta.url);
      const { stdout } = await promisify(execFile)(process.execPath, [script, "--measure", folder]);
      measured.push(JSON.parse(stdout) as Measured);
    }
    const report = await stat(path.join(folder, "report.html"));
    const range = (values: readonly number[], unit: string): string =>
      `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${unit}`;
    console.log(`${os.cpus().length} CPUs (${os.cpus()[0]?.model ?? "unknown"}), Node ${process.version}`);
    console.log(`timeline ${(timeline.size / 2 ** 20).toFixed(1)} MiB for ${hours} h, ${rounds} rounds`);
    console.log(
      `all four usual reports: ${range(
        measured.map(({ tookMs }) => tookMs / 1000),
        "s",
      )}`,
    );
    console.log(
      `peak resident memory: ${range(
        measured.map(({ peakBytes }) => peakBytes / 2 ** 20),
        "MiB",
      )}`,
    );
    console.log(`report.html: ${(report.size / 2 ** 20).toFixed(2)} MiB`);
    console.log(
      "Reasons to doubt: the run is generated; a real one has more routes and more distinct stacks.",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureOnce(folder: string): Promise<void> {
  const document = JSON.parse(await readFile(path.join(folder, "run.json"), "utf8")) as RunDocument;
  const startedAt = performance.now();
  await writeRunReports(folder, document);
  const tookMs = performance.now() - startedAt;
  process.stdout.write(JSON.stringify({ tookMs, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

/**
 * Writes a generated run with all its reports, to look at: `node build/test/generated/show.js <folder>
 * [seconds] [columns]`.
 */

import { renderRunSummary } from "../../src/report/terminal-summary.js";
import { REPORT_FILES, type ReportFormat, writeRunReports } from "../../src/report/write-run-reports.js";
import { USUAL_LOAD, writeGeneratedRun } from "./generated-run.js";

const [folder = "generated-run", seconds = "30", columns = "80"] = process.argv.slice(2);
const run = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: Number(seconds) });
const style = { colour: process.stdout.isTTY === true, columns: Number(columns), baseFolder: "/srv/app" };
const startedAt = performance.now();
await writeRunReports(folder, run.document, {
  baseFolder: "/srv/app",
  latency: run.latency,
  formats: Object.keys(REPORT_FILES) as ReportFormat[],
});
const tookMs = performance.now() - startedAt;
console.log(renderRunSummary(run.document, style, `${folder}/report.html`));
console.log(
  `\nreports written in ${tookMs.toFixed(0)} ms, ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident`,
);

/**
 * Every text report of one generated run, held against a committed file. After a change that is meant:
 * `LOOPSCOPE_UPDATE_GOLDEN=1 node --test loadtests/build/test/unit/report-golden.test.js`, and read the diff.
 */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { githubAnnotations } from "../../src/report/github-actions.js";
import { renderJunitXml } from "../../src/report/junit-xml.js";
import { renderK6SummaryExport } from "../../src/report/k6-summary-export.js";
import { renderHgrm } from "../../src/report/latency-hgrm.js";
import { renderMarkdownSummary } from "../../src/report/markdown-summary.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { readRunTimeline } from "../../src/report/run-timeline.js";
import { renderRunSummary } from "../../src/report/terminal-summary.js";
import { renderTimelineCsv } from "../../src/report/timeline-csv.js";
import { awkwardRun, emptyRun } from "../generated/awkward-run.js";
import { type GeneratedRun, USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";

const GOLDEN = new URL("../../../test/fixtures/reports/", import.meta.url);
const BASE = "/srv/app";

let folder = "";
let run: GeneratedRun;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-golden-"));
  run = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 12 });
});

after(() => rm(folder, { recursive: true, force: true }));

async function isGolden(name: string, actual: string): Promise<void> {
  const file = new URL(name, GOLDEN);
  if (process.env.LOOPSCOPE_UPDATE_GOLDEN === "1") await writeFile(file, actual);
  // A lone half of a surrogate pair becomes U+FFFD in any file.
  assert.equal(Buffer.from(actual).toString(), await readFile(file, "utf8"));
}

for (const columns of [60, 80, 120]) {
  test(`the terminal summary fits into ${columns} columns`, async () => {
    const text = renderRunSummary(run.document, { colour: false, columns, baseFolder: BASE }, "report.html");
    const tooWide = text.split("\n").filter((line) => [...line].length > columns);
    assert.deepEqual(tooWide, []);
    await isGolden(`terminal-${columns}.txt`, `${text}\n`);
  });
}

test("colour adds nothing but colour", () => {
  const style = { columns: 80, baseFolder: BASE };
  const coloured = renderRunSummary(run.document, { ...style, colour: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for.
  const stripped = coloured.replace(/\u001b\[\d+m/g, "");
  assert.notEqual(coloured, stripped);
  assert.equal(stripped, renderRunSummary(run.document, { ...style, colour: false }));
});

test("summary.md is as committed", () => isGolden("summary.md", renderMarkdownSummary(run.document, BASE)));

test("junit.xml is as committed", () =>
  isGolden("junit.xml", renderJunitXml(run.document, { scriptFile: "load/users.ts" })));

test("latency.hgrm is as committed", () => isGolden("latency.hgrm", renderHgrm(run.latency)));

test("k6-summary.json is as committed", () =>
  isGolden("k6-summary.json", renderK6SummaryExport(run.document)));

test("timeline.csv is as committed", async () => {
  await isGolden(
    "timeline.csv",
    renderTimelineCsv(await readRunTimeline(path.join(folder, "timeline.ndjson"))),
  );
});

test("GitHub's annotations are as committed", async () => {
  const thresholdLines = new Map([["target_blocks count==0", 14]]);
  const lines = githubAnnotations(run.document, {
    scriptFile: "load/users.ts",
    thresholdLines,
    baseFolder: BASE,
  });
  await isGolden("github-annotations.txt", `${lines.join("\n")}\n`);
});

/** Runs that strain the readers, and how their files' names begin. */
const STRAINED: readonly (readonly [string, (run: RunDocument) => RunDocument])[] = [
  ["awkward", awkwardRun],
  ["empty", emptyRun],
];

for (const [prefix, change] of STRAINED) {
  test(`the ${prefix} run's reports are as committed`, async () => {
    const document = change(run.document);
    const style = { colour: false, columns: 80, baseFolder: BASE };
    const annotations = githubAnnotations(document, { scriptFile: "load/users.ts", baseFolder: BASE });
    await isGolden(`${prefix}-terminal.txt`, `${renderRunSummary(document, style, "report.html")}\n`);
    await isGolden(`${prefix}-summary.md`, renderMarkdownSummary(document, BASE));
    await isGolden(`${prefix}-junit.xml`, renderJunitXml(document, { scriptFile: "load/users.ts" }));
    await isGolden(`${prefix}-k6-summary.json`, renderK6SummaryExport(document));
    await isGolden(`${prefix}-github-annotations.txt`, `${annotations.join("\n")}\n`);
  });
}

test("latencies and seconds of a run without a request are as committed", async () => {
  const timeline = await readRunTimeline(path.join(folder, "no-such-timeline"));
  await isGolden("empty-latency.hgrm", renderHgrm(timeline.latency));
  await isGolden("empty-timeline.csv", renderTimelineCsv(timeline));
});

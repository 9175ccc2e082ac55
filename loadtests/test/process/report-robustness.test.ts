/** Runs that did not go as planned still get a report, and one that is true. */

import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import { gatherEvidence } from "../../src/diagnose/run-evidence.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { readRunTimeline } from "../../src/report/run-timeline.js";
import { renderRunSummary } from "../../src/report/terminal-summary.js";
import { REPORT_FILES, type ReportFormat, writeRunReports } from "../../src/report/write-run-reports.js";
import { USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";

const ALL = Object.keys(REPORT_FILES) as ReportFormat[];
const NO_REQUESTS = { started: 0, completed: 0, failed: 0, timedOut: 0, dropped: 0, unfinished: 0 };

let root = "";
let count = 0;

before(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "loopscope-robust-"));
});

after(() => rm(root, { recursive: true, force: true }));

function newFolder(): string {
  count++;
  return path.join(root, String(count));
}

/** Writes every format and gives all their texts and the terminal's. */
async function reportsOf(
  folder: string,
  document: RunDocument,
): Promise<Record<ReportFormat | "terminal", string>> {
  await writeRunReports(folder, document, { formats: ALL, baseFolder: "/srv/app" });
  const texts = await Promise.all(
    ALL.map(
      async (format) => [format, await readFile(path.join(folder, REPORT_FILES[format]), "utf8")] as const,
    ),
  );
  const terminal = renderRunSummary(document, { colour: false, columns: 80, baseFolder: "/srv/app" });
  const all = Object.fromEntries([...texts, ["terminal", terminal]]) as Record<
    ReportFormat | "terminal",
    string
  >;
  for (const text of Object.values(all))
    assert.doesNotMatch(text, /\bNaN\b|\bundefined\b|\[object|Infinity %/);
  return all;
}

function ended(document: RunDocument, kind: string, message: string | null, exitCode: number): RunDocument {
  return { ...document, outcome: { kind, message, exitCode } };
}

test("an interrupted run keeps its figures and says that it was stopped", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 6 });
  const reports = await reportsOf(folder, ended(document, "aborted", "interrupted after 6 s of 30 s", 105));
  assert.match(reports.terminal, /^✗ STOPPED {2}users: interrupted after 6 s of 30 s/);
  assert.match(reports.html, /Interrupted after 6 s of 30 s/);
  assert.match(reports.junit, /<error message="interrupted after 6 s of 30 s/);
  assert.match(reports.terminal, /582 answered/);
});

test("a timeline that was cut in the middle of a line loses that line only", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 6 });
  const file = path.join(folder, "timeline.ndjson");
  const whole = await readRunTimeline(file);
  const text = await readFile(file, "utf8");
  const cut = text.indexOf('{"type":"client"', text.indexOf('"elapsedSeconds":4')) + 40;
  await truncate(file, cut);
  const timeline = await readRunTimeline(file);
  assert.equal(timeline.damagedLines, 1);
  assert.equal(timeline.endedAt, null);
  assert.equal(timeline.client.length, 4);
  assert.deepEqual(timeline.client, whole.client.slice(0, 4));
  await reportsOf(folder, ended(document, "aborted", null, 105));
});

test("a target that died is named as the reason, with what was seen until then", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 6 });
  const message = "the target exited with code 1 after 6 s";
  const reports = await reportsOf(folder, ended(document, "target-died", message, 120));
  assert.match(reports.terminal, /^✗ BROKEN {2}users: the target exited with code 1 after 6 s/);
  assert.match(reports.markdown, /❌ users: broken/);
  assert.match(reports.junit, /errors="1"/);
});

test("without an agent the report says so, instead of showing an idle target", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 6 }, false);
  assert.deepEqual(
    document.findings.map(({ cause }) => cause),
    ["not-enough-evidence"],
  );
  const reports = await reportsOf(folder, document);
  assert.match(reports.terminal, /Target {2}no figures from an agent/);
  assert.doesNotMatch(reports.terminal, /Blocks/);
  assert.doesNotMatch(reports.html, /chart-eventloop|Blocks of the event loop/);
});

test("a run that sent nothing shows dashes, not zeros, for its latencies", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 2, ratePerSecond: 1 });
  await writeFile(path.join(folder, "timeline.ndjson"), "");
  const client = {
    ...document.client,
    requests: NO_REQUESTS,
    latencyMs: null,
    byName: [],
    checks: [],
    metrics: {},
  };
  const thresholds = document.thresholds.map((threshold) => ({
    ...threshold,
    ok: false,
    actual: null,
    note: "no data",
  }));
  const timeline = await readRunTimeline(path.join(folder, "timeline.ndjson"));
  const result = { startedAt: 0, endedAt: 1, requests: NO_REQUESTS, slowest: [], byName: [] };
  const evidence = gatherEvidence(
    { model: "open", result, latencyMs: null, thresholds, target: null },
    timeline,
  );
  const empty = { ...document, client, thresholds, target: null, findings: diagnoseRun(evidence) };
  const reports = await reportsOf(folder, ended(empty, "completed", null, 99));
  assert.match(reports.terminal, /3 of 3 thresholds failed/);
  assert.match(reports.terminal, /no request ended, so there are no latencies/);
  assert.match(reports.terminal, /no data/);
  assert.match(reports.html, /nothing to draw/);
  assert.match(reports.junit, /<failure message="no request was sent/);
  assert.match(reports.hgrm, /Total count {4}= {12}0\]/);
});

test("a run without a timeline at all still has its tables", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 3 });
  await rm(path.join(folder, "timeline.ndjson"));
  const reports = await reportsOf(folder, document);
  assert.match(reports.html, /GET \/products/);
  assert.match(reports.html, /nothing to draw/);
});

test("one request is one request: every percentile is its latency", async () => {
  const folder = newFolder();
  const options = { ...USUAL_LOAD, seconds: 1, ratePerSecond: 1, blockEverySeconds: 0, failOneIn: 0 };
  const { document } = await writeGeneratedRun(folder, options);
  assert.equal(document.client.latencyMs?.p50, document.client.latencyMs?.max);
  assert.deepEqual(
    document.findings.map(({ cause }) => cause),
    ["not-enough-evidence"],
  );
  const reports = await reportsOf(folder, document);
  assert.match(reports.terminal, /1 sent · 1 answered · 0 failed/);
  const rows = reports.hgrm.split("\n").filter((line) => /^ +\d/.test(line));
  assert.equal(rows.length, 2);
});

test("lines of a newer version in the timeline are passed over", async () => {
  const folder = newFolder();
  const { document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 3 });
  await appendFile(path.join(folder, "timeline.ndjson"), '{"type":"weather","sunny":true}\n');
  await reportsOf(folder, document);
  assert.equal((await readRunTimeline(path.join(folder, "timeline.ndjson"))).damagedLines, 0);
});

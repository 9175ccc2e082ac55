/**
 * What the readers of the reports can bear: GitHub's limits, XML, Markdown, terminals, HdrHistogram's
 * plotters.
 */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { LogLinearHistogram } from "@loopscope/agent/catalog";
import { formatBytes, formatMs, formatShare, printable } from "../../src/report/figure-format.js";
import { githubAnnotations } from "../../src/report/github-actions.js";
import { renderJunitXml } from "../../src/report/junit-xml.js";
import { renderK6SummaryExport } from "../../src/report/k6-summary-export.js";
import { renderHgrm } from "../../src/report/latency-hgrm.js";
import { renderMarkdownSummary } from "../../src/report/markdown-summary.js";
import type { Finding, RunDocument, ThresholdResult } from "../../src/report/run-document.js";
import { renderProgress, renderProgressLine } from "../../src/report/terminal-progress.js";
import { renderRunSummary } from "../../src/report/terminal-summary.js";
import { USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";

let folder = "";
let document: RunDocument;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-limits-"));
  ({ document } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 4 }));
});

after(() => rm(folder, { recursive: true, force: true }));

function failedThresholds(count: number): readonly ThresholdResult[] {
  return Array.from({ length: count }, (_, index) => ({
    metric: `http_req_duration{name:n${index}}`,
    expression: "p(95)<1",
    actual: 2,
    ok: false,
    abortOnFail: false,
    note: null,
  }));
}

for (const [count, shown] of [
  [10, 10],
  [11, 10],
  [40, 10],
] as const) {
  test(`of ${count} failed thresholds ${shown} annotations are written`, () => {
    const lines = githubAnnotations({ ...document, findings: [], thresholds: failedThresholds(count) });
    assert.equal(lines.length, shown);
    assert.equal(lines.at(-1)?.includes(`${count - 9} more`), count > 10);
  });
}

test("a place outside the repository is no place for an annotation", () => {
  const lines = githubAnnotations(document, { baseFolder: "/somewhere/else" });
  const warning = lines.find((line) => line.startsWith("::warning"));
  assert.match(warning ?? "", /^::warning title=/);
});

test("line breaks, percent signs, colons and commas cannot end or add to an annotation", () => {
  const [finding] = document.findings;
  const evil: Finding = {
    ...(finding as Finding),
    title: "50 %\n::error::owned",
    location: null,
    cause: "a,b:c",
  };
  const lines = githubAnnotations({ ...document, thresholds: [], findings: [evil] });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^::warning title=a%2Cb%3Ac::50 %25%0A::error::owned/);
  assert.doesNotMatch(lines[0] ?? "", /\n/);
});

test("JUnit escapes markup, leaves out what XML cannot hold, and gives each case a name of its own", () => {
  const check = { name: `<b> "a" & b`, path: '::<b> "a" & b', passes: 0, fails: 2 };
  const xml = renderJunitXml({ ...document, client: { ...document.client, checks: [check, check] } });
  assert.match(xml, /name="&lt;b&gt; &quot;a&quot; &amp; b"/);
  assert.match(xml, /name="&lt;b&gt; &quot;a&quot; &amp; b \(2\)"/);
  const broken = renderJunitXml({ ...document, name: "a\u0000\u0008b\uffff" });
  assert.match(broken, /name="ab\.load"/);
});

test("k6's export says true for a threshold that failed, as k6 does", () => {
  const thresholds = [
    { metric: "http_reqs", expression: "count>1", actual: 2, ok: true, abortOnFail: false, note: null },
    { metric: "http_reqs", expression: "rate>1e9", actual: 2, ok: false, abortOnFail: false, note: null },
  ];
  const data = JSON.parse(renderK6SummaryExport({ ...document, thresholds })) as {
    metrics: Record<string, { value?: number; thresholds?: Record<string, boolean> }>;
  };
  assert.deepEqual(data.metrics.http_reqs?.thresholds, { "count>1": false, "rate>1e9": true });
  assert.equal(typeof data.metrics.checks?.value, "number");
});

test("names in Markdown are shown as they are, and mention nobody", () => {
  const [row] = document.client.byName;
  assert.ok(row !== undefined);
  const name = "a|b <img> [x](y) `c` *d* @team";
  const text = renderMarkdownSummary(
    { ...document, client: { ...document.client, byName: [{ ...row, name }] } },
    "/",
  );
  const line = text.split("\n").find((candidate) => candidate.includes("img"));
  assert.ok(line?.includes("a\\|b &lt;img\\> \\[x\\](y) \\`c\\` \\*d\\* @\u200bteam") === true, line);
});

test("no name can send a command to the terminal", () => {
  const name = "\u001b[2Jcleared\u0007\r\nnext";
  const text = renderRunSummary({ ...document, name }, { colour: false, columns: 80, baseFolder: "/" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\u0000-\u001f\u007f-\u009f]/);
  assert.equal(printable("a\u202eb"), "a b");
});

test("figures keep three digits or so, and never round a share to all or nothing", () => {
  const cases: readonly (readonly [string, string])[] = [
    [formatMs(0.4261), "0.43 ms"],
    [formatMs(99.94), "99.9 ms"],
    [formatMs(99.96), "100 ms"],
    [formatMs(999.4), "999 ms"],
    [formatMs(999.6), "1 s"],
    [formatMs(61_000), "1 m 1 s"],
    [formatMs(null), "–"],
    [formatMs(Number.NaN), "–"],
    [formatShare(0), "0 %"],
    [formatShare(0.0001), "<0.1 %"],
    [formatShare(0.9999), "99.9 %"],
    [formatShare(1), "100 %"],
    [formatBytes(1023), "1023 B"],
    [formatBytes(1024), "1.0 KiB"],
  ];
  for (const [actual, expected] of cases) assert.equal(actual, expected);
});

test("hgrm's percentiles rise to 1 and its counts to the total", () => {
  const histogram = new LogLinearHistogram(10);
  for (let value = 1; value <= 100_000; value++) histogram.record(value * 7);
  const rows = renderHgrm(histogram.snapshot())
    .split("\n")
    .filter((line) => /^ +\d/.test(line))
    .map((line) => line.trim().split(/ +/).map(Number));
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    if (before === undefined) continue;
    assert.ok(
      (row[0] ?? 0) >= (before[0] ?? 0) &&
        (row[1] ?? 0) > (before[1] ?? 0) &&
        (row[2] ?? 0) >= (before[2] ?? 0),
    );
  }
  assert.deepEqual(rows.at(-1), [700, 1, 100_000]);
  const median = rows.find((row) => row[1] === 0.5);
  assert.ok(Math.abs((median?.[0] ?? 0) - 350) < 1, String(median));
});

test("progress fits the terminal and is one line in a pipe", () => {
  const state = {
    name: "users",
    phase: "load",
    elapsedSeconds: 65,
    plannedSeconds: 3700,
    client: null,
    totals: { started: 10, failed: 1, dropped: 0 },
    frame: null,
    blockCount: 1,
    recentBlocks: document.target?.blocks.slice(0, 5) ?? [],
    failingThresholds: ["http_req_duration p(95)<50"],
  };
  const lines = renderProgress(state, { colour: false, columns: 64, baseFolder: "/srv/app" });
  assert.ok(lines.length <= 8 && lines.every((line) => [...line].length <= 64), lines.join("\n"));
  assert.match(lines[0] ?? "", /1:05 \/ 1:01:40/);
  assert.ok(lines.some((line) => line.includes("hashPassword (src/users.ts:41)")));
  assert.equal(renderProgressLine(state).split("\n").length, 1);
});

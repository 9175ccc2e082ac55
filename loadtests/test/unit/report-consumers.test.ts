/** Each output as its reader reads it: GitHub's runner, GitLab's widget, HdrHistogram's plotter, spreadsheets. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import { githubAnnotations } from "../../src/report/github-actions.js";
import { fittingStepSummary, withoutGithubCommands } from "../../src/report/github-commands.js";
import { renderK6SummaryExport } from "../../src/report/k6-summary-export.js";
import { renderHgrm } from "../../src/report/latency-hgrm.js";
import { renderMarkdownSummary } from "../../src/report/markdown-summary.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { readRunTimeline } from "../../src/report/run-timeline.js";
import { renderRunSummary } from "../../src/report/terminal-summary.js";
import { renderTimelineCsv } from "../../src/report/timeline-csv.js";
import { AWKWARD_NAMES, awkwardRun, crowdedRun, emptyRun } from "../generated/awkward-run.js";
import { USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";
import { readRunnerLine } from "./github-runner.js";

const BASE = "/srv/app";

let folder = "";
let usual: RunDocument;
let latency: HistogramSnapshot;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-consumers-"));
  ({ document: usual, latency } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 4 }));
});

after(() => rm(folder, { recursive: true, force: true }));

const RUNS: readonly (readonly [string, (run: RunDocument) => RunDocument])[] = [
  ["a usual run", (run) => run],
  ["a run with awkward names", awkwardRun],
  ["a run without a request", emptyRun],
  ["10,000 thresholds and checks", (run) => crowdedRun(run, 10_000, 80)],
  ["names of 5,000 characters", (run) => crowdedRun(run, 100, 5000)],
];

for (const [title, change] of RUNS) {
  test(`GitHub's runner takes the annotations of ${title} whole: ten a kind, 4096 and 255 characters`, () => {
    const lines = githubAnnotations(change(usual), { scriptFile: "load/a, b:c.ts", baseFolder: BASE });
    assert.ok(lines.length > 0);
    const commands = lines.map((line) => readRunnerLine(line));
    for (const kind of ["error", "warning"]) {
      assert.ok(commands.filter((command) => command?.command === kind).length <= 10);
    }
    for (const command of commands) {
      assert.ok(command !== null && ["error", "warning"].includes(command.command));
      assert.ok(command.data.length > 0 && command.data.length <= 4096, `${command.data.length} characters`);
      assert.ok((command.properties.title ?? "").length <= 255);
      const isOurs = command.properties.title === "Loopscope";
      if (command.command === "error" && !isOurs) assert.equal(command.properties.file, "load/a, b:c.ts");
      assert.deepEqual(
        Object.keys(command.properties).filter((key) => !["file", "line", "title"].includes(key)),
        [],
      );
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
      assert.doesNotMatch(command.data, /[\u0000-\u0009\u000b-\u001f\u007f]/);
    }
  });

  test(`nothing that ${title} prints works as a command of GitHub's runner`, () => {
    const style = { colour: false, columns: 100, baseFolder: BASE };
    const lines = withoutGithubCommands(renderRunSummary(change(usual), style, "report.html")).split("\n");
    assert.deepEqual(
      lines.filter((line) => readRunnerLine(line) !== null),
      [],
    );
    assert.ok(lines.length < 250, `${lines.length} lines`);
  });

  test(`the summary of ${title} fits into a comment, and its tables keep their columns`, () => {
    const text = renderMarkdownSummary(change(usual), BASE);
    assert.ok(text.length < 65_536, `${text.length} characters`);
    assert.doesNotMatch(text, /undefined|NaN|Infinity|\[object/);
    let columns = 0;
    for (const line of text.split("\n")) {
      const cells = line.startsWith("|") ? (line.match(/(?<!\\)\|/g)?.length ?? 0) : 0;
      assert.ok(columns === 0 || cells === 0 || cells === columns, line);
      columns = cells;
    }
  });

  test(`GitLab's widget shows figures for ${title}, or nothing, but never NaN`, () => {
    const shown = gitlabWidget(renderK6SummaryExport(change(usual)));
    for (const [name, value] of Object.entries(shown)) {
      assert.ok(Number.isFinite(Number.parseFloat(String(value))), `${name} is ${value}`);
    }
    assert.equal(Object.keys(shown).length, title === "a run without a request" ? 0 : 4);
  });
}

test("a step's summary leaves room for what the step's other commands wrote, and is empty when there is none", () => {
  const whole = renderMarkdownSummary(usual, BASE);
  const limit = 1024 * 1024;
  for (const taken of [0, limit - Buffer.byteLength(whole), limit - 1000, limit - 50, limit, 2 * limit]) {
    const text = fittingStepSummary(whole, taken);
    assert.ok(text === "" || taken + Buffer.byteLength(text) <= limit, `${taken} taken`);
    assert.equal(text === whole, taken + Buffer.byteLength(whole) <= limit);
    if (text !== whole && text !== "") assert.match(text, /… cut:/);
    assert.ok(!text.includes("\ufffd"));
  }
});

test("groups and checks may be called as what every object has", () => {
  const names = ["constructor", "toString", "__proto__", "hasOwnProperty"];
  const checks = names.map((name) => ({ name, path: `::${name}::${name}`, passes: 3, fails: 1 }));
  const text = renderK6SummaryExport({ ...usual, client: { ...usual.client, checks } });
  const { root_group: root } = JSON.parse(text) as {
    root_group: { groups: Record<string, { checks: object }> };
  };
  assert.deepEqual(Object.keys(root.groups), names);
  for (const [name, group] of Object.entries(root.groups))
    assert.deepEqual(Object.keys(group.checks), [name]);
});

test("HdrHistogram's plotter draws every row but the last, rising, to the largest value", () => {
  const rows = plottedRows(renderHgrm(latency));
  assert.ok(rows.length > 30);
  for (const [index, { x, y }] of rows.entries()) {
    assert.ok(x >= 1 && y >= 0);
    assert.ok(index === 0 || (x > (rows[index - 1]?.x ?? 0) && y >= (rows[index - 1]?.y ?? 0)));
  }
  assert.equal(rows.at(-1)?.y, Number((latency.max / 1000).toFixed(3)));
});

test("a distribution of nothing, of one value and of a million is a table that the plotter reads", () => {
  const million = new LogLinearHistogram(10);
  million.record(5, 999_999);
  million.record(2 ** 31 - 1);
  const one = new LogLinearHistogram(10);
  one.record(0);
  const empty = renderHgrm(new LogLinearHistogram(10).snapshot());
  assert.deepEqual(plottedRows(empty), []);
  assert.doesNotMatch(empty, /NaN|Infinity/);
  assert.match(empty, /Total count {4}= {12}0\]/);
  assert.deepEqual(plottedRows(renderHgrm(one.snapshot())).at(-1), { x: 1, y: 0 });
  const rows = plottedRows(renderHgrm(million.snapshot()));
  assert.equal(rows.at(-1)?.y, 2_147_483.647);
  assert.ok((rows.at(-1)?.x ?? 0) > 1e6);
});

test("each row of the CSV has a number or nothing in each column, and a run of nothing has no row", async () => {
  const [head = "", ...rows] = renderTimelineCsv(await readRunTimeline(path.join(folder, "timeline.ndjson")))
    .trimEnd()
    .split("\n");
  assert.equal(rows.length, 4);
  for (const row of rows) {
    assert.equal(row.split(",").length, head.split(",").length);
    assert.match(row, /^(-?\d+(\.\d+)?)?(,(-?\d+(\.\d+)?)?)*$/);
  }
  const nothing = renderTimelineCsv(await readRunTimeline(path.join(folder, "no-such-file")));
  assert.equal(nothing, `${head}\n`);
});

test("every awkward name is told apart from the others in the summary", () => {
  const shown = renderMarkdownSummary(awkwardRun(usual), BASE);
  const checks = shown
    .slice(shown.indexOf("### Checks"))
    .split("\n")
    .filter((line) => /^\| [✅❌]/.test(line));
  assert.equal(checks.length, AWKWARD_NAMES.length);
  assert.ok(checks.some((line) => line.includes("&amp;lt;b\\>")));
});

/** As GitLab's `normalizeLoadPerformanceMetrics`. */
function gitlabWidget(text: string): Record<string, unknown> {
  const { metrics } = JSON.parse(text) as { metrics: Record<string, Record<string, number>> };
  const shown: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(metrics)) {
    if (name === "http_reqs") shown.RPS = values.rate;
    if (name === "http_req_waiting") {
      shown["TTFB P90"] = values["p(90)"];
      shown["TTFB P95"] = values["p(95)"];
    }
    if (name !== "checks") continue;
    const { passes = Number.NaN, fails = Number.NaN } = values;
    shown.Checks = `${((passes / (passes + fails)) * 100).toFixed(2)}%`;
  }
  return shown;
}

/** As plotFiles.html: rows of four columns, value over 1 / (1 - percentile). */
function plottedRows(text: string): readonly { readonly x: number; readonly y: number }[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split(/ +/))
    .filter((values) => values.length === 4)
    .map((values) => ({ x: Number.parseFloat(values[3] ?? ""), y: Number.parseFloat(values[0] ?? "") }))
    .filter(({ x, y }) => !Number.isNaN(x) && !Number.isNaN(y));
}

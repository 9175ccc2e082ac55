/**
 * A comparison's outputs against committed files and their readers' limits. After a change that is meant:
 * `LOOPSCOPE_UPDATE_GOLDEN=1 node --test loadtests/build/test/unit/comparison-report.test.js`, and read the diff.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ComparisonDocument, MetricComparison } from "../../src/report/comparison-document.js";
import {
  comparisonAnnotations,
  comparisonLines,
  renderComparisonJunit,
  renderComparisonMarkdown,
} from "../../src/report/comparison-report.js";
import { readRunnerLine } from "./github-runner.js";
import { readXml } from "./xml-reader.js";

const GOLDEN = new URL("../../../test/fixtures/reports/", import.meta.url);
const skipWithoutXmllint =
  spawnSync("xmllint", ["--version"]).status === 0 ? false : "xmllint is not installed (libxml2-utils)";

function metric(
  name: string,
  unit: string,
  figures: readonly [number, number] | null,
  verdict: MetricComparison["verdict"],
): MetricComparison {
  const [base, head] = figures ?? [null, null];
  if (base === null || head === null) return { metric: name, base, head, unit, estimate: null, verdict };
  const ratio = base === 0 ? 1 : head / base;
  const estimate = { pairs: 10, ratio, low: ratio * 0.96, high: ratio * 1.04, p: 0.002 };
  return { metric: name, base, head, unit, estimate, verdict };
}

const WORSE: ComparisonDocument = {
  schema: "loopscope/comparison/1",
  at: "2026-11-20T20:00:00.000Z",
  margin: 0.1,
  regression: true,
  emptiness: null,
  note: "1 of 20 rounds cannot be trusted: the generator was busy",
  folder: "/srv/app/runs/compare",
  comparisons: [
    { ...metric("failed requests", "%", [0, 0], "same"), estimate: null },
    metric("target_blocked_time rate", "ms/s", [0, 0], "same"),
    metric("throughput", "/s", [1234.5, 1180], "undecided"),
    metric("latency p95", "ms", [12.345, 20.5], "worse"),
    metric("latency p99", "ms", [80, 40], "better"),
    metric("target_rss max", "B", [80e6, 120e6], "worse"),
    metric("target_heap_used avg", "B", null, "not measured"),
  ],
};
const EMPTY: ComparisonDocument = {
  ...WORSE,
  regression: false,
  emptiness: "no metric was measured often enough on both sides",
  note: null,
  folder: null,
  comparisons: [metric("throughput", "/s", null, "not measured")],
};

async function isGolden(name: string, actual: string): Promise<void> {
  const file = new URL(name, GOLDEN);
  if (process.env.LOOPSCOPE_UPDATE_GOLDEN === "1") await writeFile(file, actual);
  assert.equal(actual, await readFile(file, "utf8"));
}

for (const [prefix, document] of [
  ["comparison", WORSE],
  ["empty-comparison", EMPTY],
] as const) {
  test(`the outputs of ${prefix} are as committed`, async () => {
    await isGolden(`${prefix}.txt`, `${comparisonLines(document).join("\n")}\n`);
    await isGolden(`${prefix}-summary.md`, renderComparisonMarkdown(document));
    await isGolden(`${prefix}-junit.xml`, renderComparisonJunit(document));
    await isGolden(`${prefix}-github-annotations.txt`, `${comparisonAnnotations(document).join("\n")}\n`);
  });

  test(`junit.xml of ${prefix} is valid by the schema`, { skip: skipWithoutXmllint }, () => {
    const [schema, file] = ["junit.xsd", `${prefix}-junit.xml`].map((name) =>
      fileURLToPath(new URL(name, GOLDEN)),
    );
    const args = ["--noout", "--nonet", "--schema", schema ?? "", file ?? ""];
    const end = spawnSync("xmllint", args, { encoding: "utf8" });
    assert.equal(end.status, 0, end.stderr);
  });
}

test("a metric that is worse fails its case, an undecided one does not, and one without data has none", () => {
  const cases = readXml(renderComparisonJunit(WORSE)).children.flatMap(({ children }) => children);
  const verdicts = cases
    .filter(({ name }) => name === "testcase")
    .map(({ attributes, children }) => [attributes.name, children[0]?.name ?? "passed"]);
  assert.deepEqual(verdicts, [
    ["comparison", "passed"],
    ["failed requests", "passed"],
    ["target_blocked_time rate", "passed"],
    ["throughput", "passed"],
    ["latency p95", "failure"],
    ["latency p99", "passed"],
    ["target_rss max", "failure"],
  ]);
});

test("GitHub gets an error for each metric that is worse, ten at most, or one for a comparison of nothing", () => {
  const titles = (document: ComparisonDocument): readonly (string | undefined)[] =>
    comparisonAnnotations(document).map((line) => readRunnerLine(line)?.properties.title);
  assert.deepEqual(titles(WORSE), ["latency p95 is worse", "target_rss max is worse"]);
  assert.deepEqual(titles(EMPTY), ["nothing compared"]);
  const many = Array.from({ length: 30 }, (_, index) => metric(`m${index}`, "ms", [1, 2], "worse"));
  assert.equal(titles({ ...WORSE, comparisons: many }).length, 10);
});

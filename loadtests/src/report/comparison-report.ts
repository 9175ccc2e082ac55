/** What `compare` says: on the terminal, in Markdown, as JUnit, as GitHub's annotations. */

import type { ComparisonDocument, MetricComparison } from "./comparison-document.js";
import { formatBytes, NO_FIGURE } from "./figure-format.js";
import { annotationCommands } from "./github-commands.js";
import { type JunitCase, renderJunitDocument } from "./junit-document.js";
import { markdownTable, markdownText } from "./markdown-text.js";

const HEAD = ["metric", "base", "head", "change", "interval", "verdict"];
const MARK = { better: "🟢", worse: "❌", same: "✅", undecided: "❔", "not measured": "" } as const;

/** Lines of the table, what the figures mean, and the verdict last. */
export function comparisonLines(document: ComparisonDocument): readonly string[] {
  const rows = document.comparisons.map(cellsOf);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const { note } = document;
  return [
    line(HEAD),
    ...rows.map(line),
    "",
    footOf(document),
    ...(note === null ? [] : [note]),
    verdictOf(document),
  ];
}

/** With a final line break. */
export function renderComparisonMarkdown(document: ComparisonDocument): string {
  const { comparisons, regression, emptiness, note } = document;
  const rows = comparisons.map((one) => [MARK[one.verdict], ...cellsOf(one).map(markdownText)]);
  return `${[
    `## ${regression || emptiness !== null ? "❌" : "✅"} ${markdownText(verdictOf(document))}`,
    markdownTable(["", ...HEAD], rows, "llrrrrl"),
    `${markdownText(footOf(document))}.`,
    ...(note === null ? [] : [`${markdownText(note)}.`]),
  ].join("\n\n")}\n`;
}

/** A case for each metric that was judged; one that is worse has failed, an undecided one has not. */
export function renderComparisonJunit(document: ComparisonDocument): string {
  const { comparisons, emptiness, at } = document;
  const whole: JunitCase = {
    suite: "metrics",
    name: "comparison",
    problem: emptiness === null ? null : { kind: "error", type: "no-data", text: emptiness },
  };
  const judged = comparisons
    .filter(({ verdict }) => verdict !== "not measured")
    .map((one): JunitCase => {
      const text = `${one.metric}: ${changeOf(one)}`;
      const problem =
        one.verdict === "worse" ? ({ kind: "failure", type: "regression", text } as const) : null;
      return { suite: "metrics", name: one.metric, problem };
    });
  const systemOut = comparisonLines(document).join("\n");
  return renderJunitDocument({
    name: "compare",
    startedAt: at,
    durationSeconds: 0,
    cases: [whole, ...judged],
    systemOut,
  });
}

/** An error for each metric that is worse, or for a comparison of nothing. */
export function comparisonAnnotations({ comparisons, emptiness }: ComparisonDocument): readonly string[] {
  const place = { kind: "error", file: null, line: null } as const;
  const worse = comparisons
    .filter(({ verdict }) => verdict === "worse")
    .map((one) => ({ ...place, title: `${one.metric} is worse`, text: changeOf(one) }));
  const empty = emptiness === null ? [] : [{ ...place, title: "nothing compared", text: emptiness }];
  return annotationCommands([...empty, ...worse]);
}

function verdictOf({ regression, emptiness }: ComparisonDocument): string {
  if (regression) return "REGRESSION: head is worse than base";
  return emptiness === null ? "no regression found" : `NOTHING COMPARED: ${emptiness}`;
}

function footOf({ comparisons, margin }: ComparisonDocument): string {
  const rounds = comparisons.find(({ estimate }) => estimate !== null)?.estimate?.pairs ?? 0;
  return `${rounds} rounds a side; changes within ${Number((margin * 100).toFixed(2))} % count as the same`;
}

/** `base 12 ms, head 20 ms: +66.7 % (+51.2 % to +80.1 %)` */
function changeOf(one: MetricComparison): string {
  const [, base, head, change, interval] = cellsOf(one);
  return `base ${base}, head ${head}${one.estimate === null ? "" : `: ${change} (${interval})`}`;
}

function cellsOf({ metric, base, head, unit, estimate, verdict }: MetricComparison): readonly string[] {
  return [
    metric,
    figure(base, unit),
    figure(head, unit),
    estimate === null ? NO_FIGURE : percent(estimate.ratio),
    estimate === null ? NO_FIGURE : `${percent(estimate.low)} to ${percent(estimate.high)}`,
    verdict,
  ];
}

function figure(value: number | null, unit: string): string {
  if (value === null) return NO_FIGURE;
  return unit === "B" ? formatBytes(value) : `${Number(value.toPrecision(3))} ${unit}`;
}

function percent(ratio: number): string {
  const change = (ratio - 1) * 100;
  return `${change >= 0 ? "+" : ""}${change.toFixed(1)} %`;
}

/** From rounds to a verdict for each metric, and to the lines that say it. Pure. */

import {
  type ComparisonVerdict,
  comparePairs,
  MIN_PAIRS,
  type PairedEstimate,
  verdictOf,
} from "../judge/paired-comparison.js";
import type { Round } from "./comparison-rounds.js";

export interface MetricComparison {
  readonly metric: string;
  readonly base: number | null;
  readonly head: number | null;
  readonly unit: string;
  /** Null: too few rounds had a value on both sides. */
  readonly estimate: PairedEstimate | null;
  readonly verdict: ComparisonVerdict | "not measured";
}

interface ComparedMetric {
  readonly name: string;
  readonly key: Exclude<keyof Round, "failedShare">;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
}

/** In the order in which they are least noisy: what decides first stands first. */
const METRICS: readonly ComparedMetric[] = [
  { name: "target cpu a request", key: "cpuMsPerRequest", unit: "ms", lowerIsBetter: true },
  { name: "throughput", key: "throughput", unit: "/s", lowerIsBetter: false },
  { name: "latency mean", key: "meanMs", unit: "ms", lowerIsBetter: true },
  { name: "latency p50", key: "p50Ms", unit: "ms", lowerIsBetter: true },
  { name: "latency p95", key: "p95Ms", unit: "ms", lowerIsBetter: true },
  { name: "latency p99", key: "p99Ms", unit: "ms", lowerIsBetter: true },
];

/** A head that fails this much more of its requests is worse, however fast the rest is. */
const MOST_MORE_FAILURES = 0.01;
const FAMILY_CONFIDENCE = 0.95;

/** @param margin 0.05: differences up to 5 % are not worth a verdict. */
export function compareRounds(
  base: readonly Round[],
  head: readonly Round[],
  margin: number,
): readonly MetricComparison[] {
  // Bonferroni over the metrics: one false alarm in twenty comparisons, not one in three.
  const confidence = 1 - (1 - FAMILY_CONFIDENCE) / METRICS.length;
  return [
    compareFailures(base, head),
    ...METRICS.map((metric) => compareOne(metric, base, head, margin, confidence)),
  ];
}

export function isRegression(comparisons: readonly MetricComparison[]): boolean {
  return comparisons.some((comparison) => comparison.verdict === "worse");
}

export function comparisonLines(comparisons: readonly MetricComparison[], margin: number): readonly string[] {
  const figure = (value: number | null, unit: string): string =>
    value === null ? "–" : `${Number(value.toPrecision(3))} ${unit}`.trim();
  const rows = comparisons.map(({ metric, base, head, unit, estimate, verdict }) => [
    metric,
    figure(base, unit),
    figure(head, unit),
    estimate === null ? "–" : percent(estimate.ratio),
    estimate === null ? "–" : `${percent(estimate.low)} to ${percent(estimate.high)}`,
    verdict,
  ]);
  const head = ["metric", "base", "head", "change", "interval", "verdict"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rounds = comparisons.find(({ estimate }) => estimate !== null)?.estimate?.pairs ?? 0;
  const foot = `${rounds} rounds a side; changes within ${Number((margin * 100).toFixed(2))} % count as the same`;
  return [line(head), ...rows.map(line), "", foot];
}

function compareFailures(base: readonly Round[], head: readonly Round[]): MetricComparison {
  const share = (rounds: readonly Round[]): number =>
    rounds.length === 0 ? 0 : rounds.reduce((sum, round) => sum + round.failedShare, 0) / rounds.length;
  const before = share(base);
  const after = share(head);
  const more = after - before;
  const verdict = more > MOST_MORE_FAILURES ? "worse" : more < -MOST_MORE_FAILURES ? "better" : "same";
  return {
    metric: "failed requests",
    base: before * 100,
    head: after * 100,
    unit: "%",
    estimate: null,
    verdict,
  };
}

function compareOne(
  { name, key, unit, lowerIsBetter }: ComparedMetric,
  base: readonly Round[],
  head: readonly Round[],
  margin: number,
  confidence: number,
): MetricComparison {
  const pairs = base.flatMap((round, index) => {
    const before = round[key];
    const after = head[index]?.[key] ?? null;
    return before !== null && after !== null && before > 0 && after > 0 ? [{ before, after }] : [];
  });
  const middle = (values: readonly number[]): number | null =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
  const before = pairs.map((pair) => pair.before);
  const after = pairs.map((pair) => pair.after);
  const known = { metric: name, base: middle(before), head: middle(after), unit };
  if (pairs.length < MIN_PAIRS) return { ...known, estimate: null, verdict: "not measured" };
  const estimate = comparePairs(before, after, confidence);
  return { ...known, estimate, verdict: verdictOf(estimate, margin, lowerIsBetter) };
}

function percent(ratio: number): string {
  const change = (ratio - 1) * 100;
  return `${change >= 0 ? "+" : ""}${change.toFixed(1)} %`;
}

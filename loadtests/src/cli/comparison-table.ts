/** From rounds to a verdict for each metric. Pure. */

import { comparePairs, MIN_PAIRS, verdictOf } from "../judge/paired-comparison.js";
import type { MetricComparison } from "../report/comparison-document.js";
import type { Round } from "./comparison-round.js";

interface ComparedMetric {
  readonly name: string;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  /** What is smaller counts as this: below it a change matters to nobody, and nothing has a ratio. */
  readonly floor?: number;
  of(round: Round): number | null;
}

/** In the order in which they are least noisy: what decides first stands first. */
const METRICS: readonly ComparedMetric[] = [
  lower("target cpu a request", "ms", ({ target }) => target?.cpuMsPerRequest ?? null),
  lower("target loop time a request", "ms", ({ target }) => target?.loopMsPerRequest ?? null),
  lower("target_blocked_time rate", "ms/s", ({ target }) => target?.blockedMsPerSecond ?? null, 10),
  { name: "throughput", unit: "/s", lowerIsBetter: false, of: ({ throughput }) => throughput },
  lower("latency mean", "ms", ({ meanMs }) => meanMs),
  lower("latency p50", "ms", ({ p50Ms }) => p50Ms),
  lower("latency p95", "ms", ({ p95Ms }) => p95Ms),
  lower("latency p99", "ms", ({ p99Ms }) => p99Ms),
  lower("target_eventloop_delay avg", "ms", ({ target }) => target?.delayMeanMs ?? null, 1),
  lower("target_eventloop_delay p(99)", "ms", ({ target }) => target?.delayP99Ms ?? null, 1),
  lower("target_rss max", "B", ({ target }) => target?.rssMaxBytes ?? null),
  lower("target_heap_used avg", "B", ({ target }) => target?.heapUsedMeanBytes ?? null),
];

function lower(name: string, unit: string, of: ComparedMetric["of"], floor?: number): ComparedMetric {
  return { name, unit, lowerIsBetter: true, of, ...(floor === undefined ? {} : { floor }) };
}

/** A head that fails this much more of its requests is worse, however fast the rest is. */
const MOST_MORE_FAILURES = 0.01;
/** Of each round; one answer that slipped through is not a service that works. */
const ALL_FAILED = 0.99;
const FAMILY_CONFIDENCE = 0.95;

/** @param margin 0.05: differences up to 5 % are not worth a verdict. */
export function compareRounds(
  base: readonly Round[],
  head: readonly Round[],
  margin: number,
): readonly MetricComparison[] {
  const measured = METRICS.map((metric) => ({ metric, pairs: pairsOf(metric, base, head) })).filter(
    ({ pairs, metric }) => pairs.length > 0 || !metric.name.startsWith("target"),
  );
  const judged = measured.filter(({ pairs }) => pairs.length >= MIN_PAIRS).length;
  // Bonferroni over what is judged: one false alarm in twenty comparisons, not one in three.
  const confidence = 1 - (1 - FAMILY_CONFIDENCE) / Math.max(1, judged);
  return [
    compareFailures(base, head),
    ...measured.map(({ metric, pairs }) => compareOne(metric, pairs, margin, confidence)),
  ];
}

/** Why nothing can be said of head, in a sentence; null: something can. A gate must not pass on no data. */
export function emptyComparison(
  comparisons: readonly MetricComparison[],
  head: readonly Round[],
): string | null {
  if (comparisons.every(({ estimate }) => estimate === null))
    return "no metric was measured often enough on both sides";
  const allFailed = head.every(({ failedShare }) => failedShare > ALL_FAILED);
  return allFailed ? "requests to head only failed, and those to base did no better" : null;
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

interface Pair {
  readonly before: number;
  readonly after: number;
}

function pairsOf(
  { of, floor }: ComparedMetric,
  base: readonly Round[],
  head: readonly Round[],
): readonly Pair[] {
  const least = floor === undefined ? Number.MIN_VALUE : 0;
  return base.flatMap((round, index) => {
    const partner = head[index];
    const before = of(round);
    const after = partner === undefined ? null : of(partner);
    return before !== null && after !== null && before >= least && after >= least ? [{ before, after }] : [];
  });
}

function compareOne(
  { name, unit, lowerIsBetter, floor = 0 }: ComparedMetric,
  pairs: readonly Pair[],
  margin: number,
  confidence: number,
): MetricComparison {
  const middle = (values: readonly number[]): number | null =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
  const before = pairs.map((pair) => pair.before);
  const after = pairs.map((pair) => pair.after);
  const known = { metric: name, base: middle(before), head: middle(after), unit };
  if (pairs.length < MIN_PAIRS) return { ...known, estimate: null, verdict: "not measured" };
  const raised = (values: readonly number[]): readonly number[] =>
    values.map((value) => Math.max(value, floor));
  const estimate = comparePairs(raised(before), raised(after), confidence);
  return { ...known, estimate, verdict: verdictOf(estimate, margin, lowerIsBetter) };
}

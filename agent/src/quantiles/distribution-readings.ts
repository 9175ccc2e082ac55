/** Values that are read off a distribution: the one place that says how, for one process and for several. */

import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import { HTTP_METRICS } from "../catalog/http-metrics";
import { type HistogramSnapshot, LogLinearHistogram } from "../catalog/log-linear-histogram";
import type { MetricDefinition } from "../catalog/metric-definition";
import type { DistributionSample, MetricFamily, ScalarSample } from "./metric-samples";

/** The quantiles that stand beside each histogram of durations. */
export const EXPORTED_QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

type Reading = (labels: readonly string[], microseconds: LogLinearHistogram) => readonly ScalarSample[];

const READINGS: ReadonlyMap<string, Reading> = new Map([
  [EVENTLOOP_METRICS.delayMin.name, one((delays) => delays.min)],
  [EVENTLOOP_METRICS.delayMax.name, one((delays) => delays.max)],
  [EVENTLOOP_METRICS.delayMean.name, one((delays) => delays.mean)],
  [EVENTLOOP_METRICS.delayStddev.name, one(standardDeviation)],
  [EVENTLOOP_METRICS.delayP50.name, one((delays) => delays.quantile(0.5))],
  [EVENTLOOP_METRICS.delayP90.name, one((delays) => delays.quantile(0.9))],
  [EVENTLOOP_METRICS.delayP99.name, one((delays) => delays.quantile(0.99))],
  [HTTP_METRICS.serverRequestDurationQuantile.name, quantiles],
  [HTTP_METRICS.serverDurationQuantile.name, quantiles],
]);

/** Samples of the metric `name`, in seconds; none of an empty distribution, or of a metric that is read otherwise. */
export function readDistribution(
  name: string,
  labels: readonly string[],
  microseconds: LogLinearHistogram,
): readonly ScalarSample[] {
  if (microseconds.count === 0) return [];
  return READINGS.get(name)?.(labels, microseconds) ?? [];
}

/** Whose values are `readDistribution` of each distribution that `distributions` yields. */
export function distributionFamily(
  definition: MetricDefinition,
  distributions: () => Iterable<{ readonly labels: readonly string[]; readonly of: LogLinearHistogram }>,
): MetricFamily {
  return {
    definition,
    *collect(): Generator<ScalarSample> {
      for (const { labels, of } of distributions()) yield* readDistribution(definition.name, labels, of);
    },
    *distributions(): Generator<DistributionSample> {
      for (const { labels, of } of distributions()) yield { labels, distribution: of.snapshot() };
    },
  };
}

/** Lays the distributions of several processes together. */
export function laidTogether(distributions: readonly HistogramSnapshot[]): LogLinearHistogram {
  const all = new LogLinearHistogram(distributions[0]?.precisionBits);
  for (const distribution of distributions) all.addSnapshot(distribution);
  return all;
}

function one(read: (microseconds: LogLinearHistogram) => number): Reading {
  return (labels, microseconds) => [{ labels, value: read(microseconds) / 1e6 }];
}

function quantiles(labels: readonly string[], microseconds: LogLinearHistogram): readonly ScalarSample[] {
  return EXPORTED_QUANTILES.map((quantile) => ({
    labels: [...labels, String(quantile)],
    value: microseconds.quantile(quantile) / 1e6,
  }));
}

function standardDeviation(delays: LogLinearHistogram): number {
  let squares = 0;
  for (const { value, count } of delays.buckets()) squares += count * (value - delays.mean) ** 2;
  return Math.sqrt(squares / delays.count);
}

/** The metrics of several processes as those of one: counts added, never a percentile averaged. */

import type { AcrossProcesses, MetricDefinition } from "../catalog/metric-definition";
import { definitionByName } from "../export/definition-by-name";
import { laidTogether, readDistribution } from "../quantiles/distribution-readings";
import {
  type DistributionSample,
  type Exemplar,
  type HistogramSample,
  isHistogramSample,
  type MetricSamples,
  type ScalarSample,
} from "../quantiles/metric-samples";

/** @param processes what each of them says, its distributions with it. */
export function mergedMetrics(processes: readonly (readonly MetricSamples[])[]): readonly MetricSamples[] {
  const byName = new Map<string, MetricSamples[]>();
  for (const metrics of processes) for (const metric of metrics) grouped(byName, metric.name).push(metric);
  return [...byName].flatMap(([name, metrics]) => {
    const definition = definitionByName(name);
    return definition === undefined ? [] : [mergedMetric(definition, metrics)];
  });
}

function mergedMetric(definition: MetricDefinition, metrics: readonly MetricSamples[]): MetricSamples {
  const { name, across = "sum" } = definition;
  if (across === "distribution") {
    return {
      name,
      samples: fromDistributions(
        name,
        metrics.flatMap((metric) => metric.distributions ?? []),
      ),
    };
  }
  const samples = new Map<string, ScalarSample | HistogramSample>();
  for (const metric of metrics) {
    for (const sample of metric.samples) {
      const key = keyOf(sample.labels);
      const known = samples.get(key);
      samples.set(key, known === undefined ? sample : combined(across, known, sample));
    }
  }
  return { name, samples: [...samples.values()] };
}

function fromDistributions(
  name: string,
  distributions: readonly DistributionSample[],
): readonly ScalarSample[] {
  const byLabels = new Map<string, DistributionSample[]>();
  for (const one of distributions) grouped(byLabels, keyOf(one.labels)).push(one);
  return [...byLabels.values()].flatMap((same) =>
    readDistribution(name, same[0]?.labels ?? [], laidTogether(same.map((one) => one.distribution))),
  );
}

function combined(
  across: Exclude<AcrossProcesses, "distribution">,
  a: ScalarSample | HistogramSample,
  b: ScalarSample | HistogramSample,
): ScalarSample | HistogramSample {
  if (isHistogramSample(a)) return isHistogramSample(b) ? addedHistogram(a, b) : a;
  if (isHistogramSample(b)) return a;
  const rule = a.shared === true ? "max" : across;
  return { ...a, value: rule === "sum" ? a.value + b.value : outermost(rule, a.value, b.value) };
}

/** A process that does not know yet says NaN: one that knows is believed. */
function outermost(rule: "max" | "min", a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? b : a;
  return Math[rule](a, b);
}

/** The processes of a cluster run with the same bounds; one that does not is left out rather than miscounted. */
function addedHistogram(a: HistogramSample, b: HistogramSample): HistogramSample {
  if (a.counts.length !== b.counts.length || String(a.bounds) !== String(b.bounds)) return a;
  const exemplars = laterExemplars(a.exemplars, b.exemplars);
  return {
    ...a,
    counts: a.counts.map((count, bucket) => count + (b.counts[bucket] as number)),
    sum: a.sum + b.sum,
    ...(exemplars === undefined ? {} : { exemplars }),
  };
}

function laterExemplars(
  a: readonly (Exemplar | null)[] | undefined,
  b: readonly (Exemplar | null)[] | undefined,
): readonly (Exemplar | null)[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.map((one, bucket) => {
    const other = b[bucket] ?? null;
    return (other?.atSeconds ?? -1) > (one?.atSeconds ?? -1) ? other : one;
  });
}

function grouped<T>(groups: Map<string, T[]>, key: string): T[] {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const created: T[] = [];
  groups.set(key, created);
  return created;
}

/** Label values may hold anything but this. */
function keyOf(labels: readonly string[]): string {
  return labels.join("\u0000");
}

/** What a metric holds at one moment, as plain data: it crosses threads and processes, and adds up. */

import type { HistogramSnapshot } from "../catalog/log-linear-histogram";
import type { MetricDefinition } from "../catalog/metric-definition";

/** One value of a counter or gauge. */
export interface ScalarSample {
  /** Values of the definition's labels, in its order. */
  readonly labels: readonly string[];
  readonly value: number;
  /** The same figure in every process that tells it (a queue kept in Redis): never added up. */
  readonly shared?: boolean;
}

/** One labelled histogram with the definition's bounds. */
export interface HistogramSample {
  readonly labels: readonly string[];
  /** Observations in each bucket, not cumulative; one more than there are bounds. */
  readonly counts: readonly number[];
  /** In the metric's unit. */
  readonly sum: number;
  /** The latest exemplar of each bucket; absent where none was recorded. */
  readonly exemplars?: readonly (Exemplar | null)[];
  /** Bounds, where they differ from the definition's (a service objective was added). */
  readonly bounds?: readonly number[];
}

/** One observation that can be looked up in a trace. */
export interface Exemplar {
  /** In the metric's unit. */
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly atSeconds: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** What the values of a metric with `across: "distribution"` are read off. */
export interface DistributionSample {
  /** Values of the definition's labels without `quantile`, in its order. */
  readonly labels: readonly string[];
  /** Microseconds. */
  readonly distribution: HistogramSnapshot;
}

/** All samples of one metric of the catalogue. */
export interface MetricSamples {
  /** The catalogue's name. */
  readonly name: string;
  readonly samples: readonly (ScalarSample | HistogramSample)[];
  /** With `across: "distribution"` only, and only where somebody asked for it. */
  readonly distributions?: readonly DistributionSample[];
}

/** What exporters read: a metric and a way to its samples now. May be a generator, so that the reader can rest between samples. */
export interface MetricFamily {
  readonly definition: MetricDefinition;
  collect(): Iterable<ScalarSample | HistogramSample>;
  /** What `collect` reads its values off, for metrics with `across: "distribution"`. */
  distributions?(): Iterable<DistributionSample>;
}

export function isHistogramSample(sample: ScalarSample | HistogramSample): sample is HistogramSample {
  return "counts" in sample;
}

/** A gauge or counter without labels; a null reading leaves the metric out. */
export function scalarFamily(definition: MetricDefinition, read: () => number | null): MetricFamily {
  return {
    definition,
    collect: () => {
      const value = read();
      return value === null ? [] : [{ labels: [], value }];
    },
  };
}

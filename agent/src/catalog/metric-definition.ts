/** What one exported metric is. Names, units and labels are data, read by exporters, dashboards, docs and tests. */

export type MetricType = "counter" | "gauge" | "histogram";

/** UCUM-like unit in which the exported value is: base units only. */
export type MetricUnit = "seconds" | "bytes" | "ratio" | "cores" | "none";

/** Where a metric's name and meaning come from. */
export type MetricSource = "opentelemetry" | "prometheus" | "loopscope";

/**
 * What the processes of one cluster say together: their figures added up, the largest or the smallest of
 * them, or figures read anew off their distributions laid together: percentiles can be neither added nor
 * averaged.
 */
export type AcrossProcesses = "sum" | "max" | "min" | "distribution";

export interface MetricDefinition {
  /** Prometheus name, suffixes included. */
  readonly name: string;
  readonly type: MetricType;
  readonly unit: MetricUnit;
  /** One sentence, without a full stop: Prometheus' HELP text. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in the metric's unit, ascending, +Inf left out. Histograms only. */
  readonly buckets?: readonly number[];
  readonly source: MetricSource;
  /** The convention's own name, where the metric follows OpenTelemetry. */
  readonly otelName?: string;
  /** How the values of several processes become one. Default: `sum`. */
  readonly across?: AcrossProcesses;
}

/** Keeps literal types, so that a consumer that names a missing metric or label does not compile. */
export function defineMetrics<const T extends Readonly<Record<string, MetricDefinition>>>(metrics: T): T {
  return metrics;
}

/** Bounds that OpenTelemetry's semantic conventions advise for HTTP durations, seconds. */
export const HTTP_DURATION_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** Bounds of the conventions for database operations. */
export const DATABASE_DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const;

/** Bounds for what the conventions leave too coarse: from 0.1 ms, so that minor collections are told apart. */
export const FINE_DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Bounds for blocks: the default threshold is 0.05 s, and a minute is where a block stops being a pause. */
export const BLOCK_DURATION_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] as const;

/** Bounds for body sizes, bytes. */
export const BODY_SIZE_BUCKETS_BYTES = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000] as const;

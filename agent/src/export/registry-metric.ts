/** A metric of the catalogue as prom-client's registries, and those of its successor, read it. Loads neither. */

import type { MetricDefinition } from "../catalog/metric-definition";
import type { HistogramSample, ScalarSample } from "../quantiles/metric-samples";
import { isHistogramSample } from "../quantiles/metric-samples";

type Samples = readonly (ScalarSample | HistogramSample)[];

/** A value as prom-client's registry reads it from a metric's `get()`. */
export interface PromValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  } | null;
}

/** The part of a metric that a registry uses. It renames counters for OpenMetrics. */
export interface RegistryMetric {
  name: string;
  readonly help: string;
  readonly type: string;
  /** How prom-client's own gathering over a cluster makes one of several values; percentiles it cannot. */
  readonly aggregator: "sum" | "max" | "min" | "omit";
  get(): Promise<
    Pick<RegistryMetric, "name" | "help" | "type" | "aggregator"> & { values: readonly PromValue[] }
  >;
}

/** @param read called at each scrape. */
export function registryMetric(
  definition: MetricDefinition,
  read: () => Samples | Promise<Samples>,
): RegistryMetric {
  const { across = "sum" } = definition;
  return {
    name: definition.name,
    help: definition.help,
    type: exposedType(definition),
    aggregator: across === "distribution" ? "omit" : across,
    async get() {
      const { name, help, type, aggregator } = this;
      return { name, help, type, aggregator, values: promValues(definition, await read()) };
    },
  };
}

/** The label `quantile` belongs, by Prometheus' rules, to summaries: gauges of quantiles are shown as such. */
function exposedType(definition: MetricDefinition): string {
  return definition.labels.includes("quantile") ? "summary" : definition.type;
}

function promValues(definition: MetricDefinition, samples: Samples): readonly PromValue[] {
  return samples.flatMap((sample) => {
    const labels = labelsOf(definition, sample.labels);
    return isHistogramSample(sample)
      ? histogramValues(definition, sample, labels)
      : [{ labels, value: sample.value }];
  });
}

/** A label whose value is the empty text is, by Prometheus' rules, not there: it is left out. */
function labelsOf(definition: MetricDefinition, values: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  definition.labels.forEach((name, index) => {
    const value = values[index];
    if (value !== undefined && value !== "") labels[name] = value;
  });
  return labels;
}

function histogramValues(
  definition: MetricDefinition,
  sample: HistogramSample,
  labels: Readonly<Record<string, string>>,
): readonly PromValue[] {
  const bounds = sample.bounds ?? definition.buckets ?? [];
  const values: PromValue[] = [];
  let cumulative = 0;
  sample.counts.forEach((count, index) => {
    cumulative += count;
    const exemplar = sample.exemplars?.[index];
    values.push({
      labels: { le: bounds[index] ?? "+Inf", ...labels },
      value: cumulative,
      metricName: `${definition.name}_bucket`,
      ...(exemplar === undefined || exemplar === null
        ? {}
        : {
            exemplar: {
              labelSet: { trace_id: exemplar.traceId, span_id: exemplar.spanId },
              value: exemplar.value,
              timestamp: exemplar.atSeconds,
            },
          }),
    });
  });
  values.push(
    { labels, value: sample.sum, metricName: `${definition.name}_sum` },
    { labels, value: cumulative, metricName: `${definition.name}_count` },
  );
  return values;
}

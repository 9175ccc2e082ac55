/** Samples to Prometheus or OpenMetrics text, by prom-client. Runs in the agent's thread. */

import { Registry, type RegistryContentType } from "prom-client";
import type { MetricDefinition } from "../catalog/metric-definition";
import type { HistogramSample, MetricSamples, ScalarSample } from "../quantiles/metric-samples";
import { isHistogramSample } from "../quantiles/metric-samples";
import type { ExpositionFormat } from "./content-negotiation";
import { definitionByName } from "./definition-by-name";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

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

/** @param metrics of the catalogue's names; unknown names are left out. */
export async function renderExposition(
  metrics: readonly MetricSamples[],
  format: ExpositionFormat,
): Promise<Exposition> {
  const registry = new Registry<RegistryContentType>();
  if (format === "openmetrics") registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, samples } of metrics) {
    const definition = definitionByName(name);
    if (definition === undefined || samples.length === 0) continue;
    registry.registerMetric(asPromMetric(definition, samples) as unknown as PromMetric);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

type PromMetric = Parameters<Registry["registerMetric"]>[0];

/** The part of a prom-client metric that a registry uses. Its registry renames counters for OpenMetrics. */
interface RenderedMetric {
  name: string;
  readonly help: string;
  readonly type: string;
  get(): Promise<{ name: string; help: string; type: string; values: readonly PromValue[] }>;
}

function asPromMetric(
  definition: MetricDefinition,
  samples: readonly (ScalarSample | HistogramSample)[],
): RenderedMetric {
  return {
    name: definition.name,
    help: definition.help,
    type: exposedType(definition),
    async get() {
      return {
        name: this.name,
        help: this.help,
        type: this.type,
        values: promValues(definition, samples),
      };
    },
  };
}

/** The label `quantile` belongs, by Prometheus' rules, to summaries: gauges of quantiles are shown as such. */
function exposedType(definition: MetricDefinition): string {
  return definition.labels.includes("quantile") ? "summary" : definition.type;
}

export function promValues(
  definition: MetricDefinition,
  samples: readonly (ScalarSample | HistogramSample)[],
): readonly PromValue[] {
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

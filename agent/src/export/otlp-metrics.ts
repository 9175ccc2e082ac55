/**
 * Samples as an OTLP metrics request in its JSON form (opentelemetry-proto 1.x, `ExportMetricsServiceRequest`).
 * Prometheus' translation of it gives the names of `/metrics` again.
 */

import type { MetricDefinition } from "../catalog/metric-definition";
import type { Exemplar, HistogramSample, MetricSamples, ScalarSample } from "../quantiles/metric-samples";
import { isHistogramSample } from "../quantiles/metric-samples";
import { definitionByName } from "./definition-by-name";
import { nanoseconds, type OtlpResource, resourceAttributes, text, whole } from "./otlp-values";

export interface OtlpTimes {
  /** Since when counters count, milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly nowMs: number;
}

/** Cumulative since start: what Prometheus needs, and what loses nothing when a request is lost. */
const CUMULATIVE = 2;

/** Labels that OpenTelemetry's conventions name with dots; the others are our own and stay as they are. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  cpu_mode: "cpu.mode",
  db_client_connection_pool_name: "db.client.connection.pool.name",
  db_client_connection_state: "db.client.connection.state",
  db_namespace: "db.namespace",
  db_system_name: "db.system.name",
  error_type: "error.type",
  http_request_method: "http.request.method",
  http_response_status_code: "http.response.status_code",
  http_route: "http.route",
  nodejs_eventloop_state: "nodejs.eventloop.state",
  server_address: "server.address",
  server_port: "server.port",
  v8js_gc_type: "v8js.gc.type",
  v8js_heap_space_name: "v8js.heap.space.name",
  v8js_resource_type: "v8js.resource.type",
};
const WHOLE_NUMBERS = new Set(["http_response_status_code", "server_port"]);
/** UCUM, as the conventions use it. */
const UNITS = { seconds: "s", bytes: "By", ratio: "1", cores: "{cpu}", none: "" } as const;

/**
 * @param metrics of the catalogue's names; unknown ones are left out. What only Prometheus' convention names
 * (resident memory, start of the process) goes by that name: dashboards and alerts read it.
 */
export function otlpMetricsDocument(
  metrics: readonly MetricSamples[],
  resource: OtlpResource,
  times: OtlpTimes,
): unknown {
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: resourceAttributes(resource),
        },
        scopeMetrics: [
          {
            scope: { name: "@loopscope/agent", version: resource.agentVersion },
            metrics: metrics.flatMap((metric) => otlpMetric(metric, times)),
          },
        ],
      },
    ],
  };
}

function otlpMetric({ name, samples }: MetricSamples, times: OtlpTimes): readonly unknown[] {
  const definition = definitionByName(name);
  if (definition === undefined) return [];
  // JSON has no NaN: a figure that is not known yet would be null, and the whole request be refused.
  const known = samples.filter((sample) => isHistogramSample(sample) || Number.isFinite(sample.value));
  if (known.length === 0) return [];
  const head = {
    name: definition.otelName ?? definition.name,
    description: definition.help,
    unit: UNITS[definition.unit],
  };
  const points = known.map((sample) => dataPoint(definition, sample, times));
  if (definition.type === "histogram") {
    return [{ ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints: points } }];
  }
  if (definition.type === "gauge" && !isUpDownCounter(definition)) {
    return [{ ...head, gauge: { dataPoints: points } }];
  }
  const isMonotonic = definition.type === "counter";
  return [{ ...head, sum: { aggregationTemporality: CUMULATIVE, isMonotonic, dataPoints: points } }];
}

/** What the conventions count up and down (connections, bytes, requests in flight) rather than read off. */
function isUpDownCounter({ otelName }: MetricDefinition): boolean {
  return otelName !== undefined && !otelName.startsWith("nodejs.");
}

function dataPoint(
  definition: MetricDefinition,
  sample: ScalarSample | HistogramSample,
  { startMs, nowMs }: OtlpTimes,
): unknown {
  const point = {
    attributes: attributes(definition.labels, sample.labels),
    startTimeUnixNano: nanoseconds(startMs),
    timeUnixNano: nanoseconds(nowMs),
  };
  if (!isHistogramSample(sample)) return { ...point, asDouble: sample.value };
  return {
    ...point,
    count: String(sample.counts.reduce((sum, count) => sum + count, 0)),
    sum: sample.sum,
    bucketCounts: sample.counts.map((count) => String(Math.round(count))),
    explicitBounds: sample.bounds ?? definition.buckets ?? [],
    ...(sample.exemplars === undefined ? {} : { exemplars: exemplars(sample.exemplars) }),
  };
}

function attributes(names: readonly string[], values: readonly string[]): readonly unknown[] {
  return names.flatMap((name, index) => {
    const value = values[index];
    if (value === undefined || value === "") return [];
    const key = ATTRIBUTES[name] ?? name;
    return [WHOLE_NUMBERS.has(name) && /^\d+$/.test(value) ? whole(key, Number(value)) : text(key, value)];
  });
}

function exemplars(found: readonly (Exemplar | null)[]): readonly unknown[] {
  return found
    .filter((exemplar) => exemplar !== null)
    .map(({ value, atSeconds, traceId, spanId }) => ({
      timeUnixNano: nanoseconds(atSeconds * 1000),
      asDouble: value,
      traceId,
      spanId,
    }));
}

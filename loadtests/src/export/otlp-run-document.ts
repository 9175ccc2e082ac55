/**
 * A run's metrics as an OTLP metrics request in its JSON form (opentelemetry-proto 1.x,
 * `ExportMetricsServiceRequest`), mapped as k6's own OpenTelemetry output maps them: counters to sums, gauges to
 * gauges, a rate to one sum with the attribute `condition`, trends to histograms in milliseconds or bytes.
 */
import type { MetricView } from "../measure/metric.js";

export interface OtlpRun {
  /** `service.name`; k6's own default is `k6`. */
  readonly serviceName: string;
  /** Put before each name; k6's own default is empty. */
  readonly prefix: string;
  /** The attribute `testid` of every point. */
  readonly testId: string;
  /** Since when totals count, epoch milliseconds. */
  readonly startMs: number;
  readonly nowMs: number;
}

/** One metric, or the part of it that carries the attributes. */
export interface OtlpPart {
  readonly view: MetricView;
  readonly attributes: Readonly<Record<string, string>>;
}

type Point = Readonly<Record<string, unknown>>;

/** Cumulative since the start of the run: what is lost on the way is made good by the next request. */
const CUMULATIVE = 2;
/** OpenTelemetry's default bounds, which k6's output leaves as they are; made for milliseconds. */
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
/** UCUM, as k6's output names them. */
const UNITS = { time: "ms", data: "By", default: "" } as const;

/** Null: nothing has been measured yet. */
export function otlpRunDocument(parts: readonly OtlpPart[], run: OtlpRun): string | null {
  const measured = parts.filter(({ view }) => view.sampleCount > 0);
  if (measured.length === 0) return null;
  const byName = new Map<string, OtlpPart[]>();
  for (const part of measured) {
    const same = byName.get(part.view.name);
    if (same === undefined) byName.set(part.view.name, [part]);
    else same.push(part);
  }
  const metrics = [...byName.values()].map((same) => otlpMetric(same, run));
  const resource = { attributes: attributesOf({ "service.name": run.serviceName }) };
  const scopeMetrics = [{ scope: { name: "@loopscope/load" }, metrics }];
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] });
}

function otlpMetric(parts: readonly OtlpPart[], run: OtlpRun): object {
  const view = parts[0]?.view as MetricView;
  const dataPoints = parts.flatMap((part) => pointsOf(part, run));
  const sum = { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints };
  const head = { name: `${run.prefix}${view.name}`, unit: UNITS[view.contents] };
  switch (view.type) {
    case "counter":
    case "rate":
      return { ...head, sum };
    case "gauge":
      return { ...head, gauge: { dataPoints } };
    case "trend":
      return { ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } };
  }
}

function pointsOf({ view, attributes }: OtlpPart, run: OtlpRun): readonly Point[] {
  const point = (more: Readonly<Record<string, string>>, value: Point): Point => ({
    attributes: attributesOf({ testid: run.testId, ...attributes, ...more }),
    startTimeUnixNano: nanoseconds(run.startMs),
    timeUnixNano: nanoseconds(run.nowMs),
    ...value,
  });
  switch (view.type) {
    case "counter":
      return [point({}, { asDouble: view.aggregate({ method: "count" }) ?? 0 })];
    case "gauge":
      return [point({}, { asDouble: view.aggregate({ method: "value" }) ?? 0 })];
    case "rate": {
      const nonzero = Math.round((view.aggregate({ method: "rate" }) ?? 0) * view.sampleCount);
      return [
        // Whole numbers of 64 bits are text in the JSON form.
        point({ condition: "nonzero" }, { asInt: `${nonzero}` }),
        point({ condition: "zero" }, { asInt: `${view.sampleCount - nonzero}` }),
      ];
    }
    case "trend":
      return [point({}, histogramOf(view))];
  }
}

/** Without buckets where the metric cannot count up to a bound: count, sum, least and greatest all the same. */
function histogramOf(view: MetricView): Point {
  const count = view.sampleCount;
  const { countAtMost } = view;
  const explicitBounds = countAtMost === undefined ? [] : BOUNDS;
  const upTo = [...explicitBounds.map((bound) => countAtMost?.(bound) ?? 0), count];
  return {
    count: `${count}`,
    sum: (view.aggregate({ method: "avg" }) ?? 0) * count,
    min: view.aggregate({ method: "min" }),
    max: view.aggregate({ method: "max" }),
    explicitBounds,
    bucketCounts: upTo.map((total, index) => `${total - (upTo[index - 1] ?? 0)}`),
  };
}

function attributesOf(texts: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanoseconds(epochMs: number): string {
  return `${BigInt(Math.round(epochMs)) * 1_000_000n}`;
}

/** A closed-loop load under k6's metric names, for thresholds and summaries. */

import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { Aggregation, MetricSource, MetricView, Tags } from "../../measure/metric.js";
import type { DeclaredMetric, MetricResult } from "../engine.js";
import { type BenchCounts, type BenchMeasurement, emptyCounts } from "./bench-recorder.js";

export const BENCH_METRICS: readonly DeclaredMetric[] = [
  { name: "http_reqs", type: "counter", contents: "default" },
  { name: "http_req_duration", type: "trend", contents: "time" },
  { name: "http_req_failed", type: "rate", contents: "default" },
  { name: "data_sent", type: "counter", contents: "data" },
  { name: "data_received", type: "counter", contents: "data" },
  { name: "vus", type: "gauge", contents: "default" },
];

/** What all threads measured so far, in the shape in which thresholds ask. */
export class BenchMetrics implements MetricSource {
  readonly latency = new LogLinearHistogram(10);
  readonly counts: BenchCounts = emptyCounts();
  readonly #connections: number;
  #elapsedSeconds = 0;

  constructor(connections: number) {
    this.#connections = connections;
  }

  add(measurement: BenchMeasurement, elapsedSeconds: number): void {
    this.latency.addSnapshot(measurement.latency);
    addCounts(this.counts, measurement.counts);
    this.#elapsedSeconds = elapsedSeconds;
  }

  /** In place of what the intervals added up to. */
  finish(latency: HistogramSnapshot, counts: Readonly<BenchCounts>, elapsedSeconds: number): void {
    this.latency.reset();
    this.latency.addSnapshot(latency);
    Object.assign(this.counts, counts);
    this.#elapsedSeconds = elapsedSeconds;
  }

  find(name: string, tags: Tags): MetricView | undefined {
    const metric = BENCH_METRICS.find((candidate) => candidate.name === name);
    if (metric === undefined || Object.keys(tags).length > 0) return undefined;
    return {
      ...metric,
      sampleCount: this.#sampleCount(name),
      aggregate: (aggregation) => this.#aggregate(name, aggregation),
    };
  }

  results(trendStats: readonly string[]): readonly MetricResult[] {
    return BENCH_METRICS.map((metric) => ({ ...metric, tags: {}, values: this.#values(metric, trendStats) }));
  }

  #requests(): number {
    const { completed, timedOut, failed } = this.counts;
    // Failed ones without an answer ended too; failed answers are among the completed.
    return Math.max(completed + timedOut, failed);
  }

  #sampleCount(name: string): number {
    if (name === "http_req_duration") return this.latency.count;
    return name === "vus" ? 1 : this.#requests();
  }

  #aggregate(name: string, { method, ...rest }: Aggregation): number | undefined {
    const total = this.#total(name);
    if (total !== undefined) {
      if (method === "count") return total;
      return method === "rate" && this.#elapsedSeconds > 0 ? total / this.#elapsedSeconds : undefined;
    }
    if (name === "vus") return method === "value" ? this.#connections : undefined;
    if (name === "http_req_failed") {
      const requests = this.#requests();
      return method === "rate" && requests > 0 ? this.counts.failed / requests : undefined;
    }
    return trendValue(this.latency, { method, ...rest } as Aggregation);
  }

  #total(name: string): number | undefined {
    if (name === "http_reqs") return this.#requests();
    if (name === "data_sent") return this.counts.bytesSent;
    return name === "data_received" ? this.counts.bytesReceived : undefined;
  }

  #values(metric: DeclaredMetric, trendStats: readonly string[]): Record<string, number> {
    const { name, type } = metric;
    const value = (aggregation: Aggregation): number => this.#aggregate(name, aggregation) ?? 0;
    if (type === "counter") return { count: value({ method: "count" }), rate: value({ method: "rate" }) };
    if (type === "gauge") return { value: this.#connections, min: this.#connections, max: this.#connections };
    if (type === "rate") {
      const passes = this.counts.failed;
      return { rate: value({ method: "rate" }), passes, fails: this.#requests() - passes };
    }
    return Object.fromEntries(trendStats.map((stat) => [stat, value(trendAggregation(stat))]));
  }
}

function trendAggregation(stat: string): Aggregation {
  const percent = /^p\((.+)\)$/.exec(stat)?.[1];
  if (percent !== undefined) return { method: "percentile", percent: Number(percent) };
  return { method: stat as "avg" | "min" | "med" | "max" };
}

/** Milliseconds of a histogram of microseconds. */
function trendValue(latency: LogLinearHistogram, aggregation: Aggregation): number | undefined {
  if (latency.count === 0) return undefined;
  switch (aggregation.method) {
    case "avg":
      return latency.mean / 1000;
    case "min":
      return latency.min / 1000;
    case "max":
      return latency.max / 1000;
    case "med":
      return latency.quantile(0.5) / 1000;
    case "percentile":
      return latency.quantile(aggregation.percent / 100) / 1000;
    default:
      return undefined;
  }
}

export function addCounts(into: BenchCounts, counts: Readonly<BenchCounts>): void {
  for (const key of Object.keys(counts) as (keyof BenchCounts)[]) into[key] += counts[key];
}

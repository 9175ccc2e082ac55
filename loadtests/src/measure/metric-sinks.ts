/** What one metric, or one part of it, has gathered: bounded memory whatever the number of samples. */

import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import { FloatHistogram, type FloatHistogramSnapshot } from "./float-histogram.js";
import type { Aggregation, MetricContents, MetricType } from "./metric.js";
import { trendAggregate, trendValues } from "./trend-figures.js";

/** Buckets per octave as a power of two: an error of at most 0.05 %. */
export const LOAD_PRECISION_BITS = 10;

/** What a sink holds, as it is handed from thread to thread. */
export type SinkSnapshot =
  | { readonly kind: "counter"; readonly count: number; readonly total: number }
  | {
      readonly kind: "gauge";
      readonly count: number;
      readonly value: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: "rate"; readonly count: number; readonly passes: number }
  | { readonly kind: "times"; readonly histogram: HistogramSnapshot }
  | { readonly kind: "values"; readonly histogram: FloatHistogramSnapshot };

export interface MetricSink {
  /** Observations so far. */
  readonly sampleCount: number;
  add(value: number): void;
  /** Independent of later samples. */
  snapshot(): SinkSnapshot;
  /** Adds what a later sink of the same kind held; one of another kind is a defect. */
  addSnapshot(later: SinkSnapshot): void;
  /** Forgets its samples, keeping its memory. */
  reset(): void;
  /** @param elapsedSeconds since the load started, for rates of counters. */
  aggregate(aggregation: Aggregation, elapsedSeconds: number): number | undefined;
  /** The figures of k6's summary. @param trendStats `options.summaryTrendStats`, validated. */
  values(trendStats: readonly string[], elapsedSeconds: number): Record<string, number>;
}

export function createSink(type: MetricType, contents: MetricContents): MetricSink {
  if (type === "counter") return new CounterSink();
  if (type === "gauge") return new GaugeSink();
  if (type === "rate") return new RateSink();
  return contents === "time" ? new TimeTrendSink() : new ValueTrendSink();
}

export class CounterSink implements MetricSink {
  sampleCount = 0;
  total = 0;

  add(value: number): void {
    this.sampleCount++;
    this.total += value;
  }

  snapshot(): SinkSnapshot {
    return { kind: "counter", count: this.sampleCount, total: this.total };
  }

  addSnapshot(later: SinkSnapshot): void {
    if (later.kind !== "counter") throw new TypeError("a counter takes in counters only");
    this.sampleCount += later.count;
    this.total += later.total;
  }

  reset(): void {
    this.sampleCount = 0;
    this.total = 0;
  }

  aggregate(aggregation: Aggregation, elapsedSeconds: number): number | undefined {
    if (aggregation.method === "count") return this.total;
    if (aggregation.method === "rate") return elapsedSeconds > 0 ? this.total / elapsedSeconds : undefined;
    return undefined;
  }

  values(_trendStats: readonly string[], elapsedSeconds: number): Record<string, number> {
    return { count: this.total, rate: elapsedSeconds > 0 ? this.total / elapsedSeconds : 0 };
  }
}

export class GaugeSink implements MetricSink {
  sampleCount = 0;
  #value = 0;
  #min = 0;
  #max = 0;

  add(value: number): void {
    if (this.sampleCount === 0 || value < this.#min) this.#min = value;
    if (this.sampleCount === 0 || value > this.#max) this.#max = value;
    this.sampleCount++;
    this.#value = value;
  }

  snapshot(): SinkSnapshot {
    return {
      kind: "gauge",
      count: this.sampleCount,
      value: this.#value,
      min: this.#min,
      max: this.#max,
    };
  }

  addSnapshot(later: SinkSnapshot): void {
    if (later.kind !== "gauge") throw new TypeError("a gauge takes in gauges only");
    if (later.count === 0) return;
    const before = this.sampleCount;
    this.add(later.min);
    this.add(later.max);
    this.add(later.value);
    this.sampleCount = before + later.count;
  }

  reset(): void {
    this.sampleCount = 0;
    this.#value = 0;
    this.#min = 0;
    this.#max = 0;
  }

  aggregate(aggregation: Aggregation): number | undefined {
    return aggregation.method === "value" && this.sampleCount > 0 ? this.#value : undefined;
  }

  values(): Record<string, number> {
    return { value: this.#value, min: this.#min, max: this.#max };
  }
}

export class RateSink implements MetricSink {
  sampleCount = 0;
  passes = 0;

  add(value: number): void {
    this.sampleCount++;
    if (value !== 0) this.passes++;
  }

  snapshot(): SinkSnapshot {
    return { kind: "rate", count: this.sampleCount, passes: this.passes };
  }

  addSnapshot(later: SinkSnapshot): void {
    if (later.kind !== "rate") throw new TypeError("a rate takes in rates only");
    this.sampleCount += later.count;
    this.passes += later.passes;
  }

  reset(): void {
    this.sampleCount = 0;
    this.passes = 0;
  }

  aggregate(aggregation: Aggregation): number | undefined {
    if (aggregation.method !== "rate" || this.sampleCount === 0) return undefined;
    return this.passes / this.sampleCount;
  }

  values(): Record<string, number> {
    return {
      rate: this.sampleCount === 0 ? 0 : this.passes / this.sampleCount,
      passes: this.passes,
      fails: this.sampleCount - this.passes,
    };
  }
}

/** A trend of durations: milliseconds outside, whole microseconds inside. */
export class TimeTrendSink implements MetricSink {
  readonly histogram = new LogLinearHistogram(LOAD_PRECISION_BITS);

  get sampleCount(): number {
    return this.histogram.count;
  }

  add(valueMs: number): void {
    this.histogram.record(Math.round(valueMs * 1000));
  }

  snapshot(): SinkSnapshot {
    return { kind: "times", histogram: this.histogram.snapshot() };
  }

  addSnapshot(later: SinkSnapshot): void {
    if (later.kind !== "times") throw new TypeError("a trend of times takes in such trends only");
    this.histogram.addSnapshot(later.histogram);
  }

  reset(): void {
    this.histogram.reset();
  }

  aggregate(aggregation: Aggregation): number | undefined {
    const us = trendAggregate(this.histogram, aggregation);
    return us === undefined ? undefined : us / 1000;
  }

  values(trendStats: readonly string[]): Record<string, number> {
    return trendValues(this.histogram, trendStats, 1000);
  }
}

/** A trend of anything else. */
export class ValueTrendSink implements MetricSink {
  readonly histogram = new FloatHistogram();

  get sampleCount(): number {
    return this.histogram.count;
  }

  add(value: number): void {
    this.histogram.record(value);
  }

  snapshot(): SinkSnapshot {
    return { kind: "values", histogram: this.histogram.snapshot() };
  }

  addSnapshot(later: SinkSnapshot): void {
    if (later.kind !== "values") throw new TypeError("a trend takes in trends of its kind only");
    this.histogram.addSnapshot(later.histogram);
  }

  reset(): void {
    this.histogram.reset();
  }

  aggregate(aggregation: Aggregation): number | undefined {
    return trendAggregate(this.histogram, aggregation);
  }

  values(trendStats: readonly string[]): Record<string, number> {
    return trendValues(this.histogram, trendStats, 1);
  }
}

/** What one metric, or one part of it, has gathered: bounded memory whatever the number of samples. */

import { LogLinearHistogram } from "@loopscope/agent/catalog";
import { FloatHistogram } from "./float-histogram.js";
import type { Aggregation, MetricContents, MetricType } from "./metric.js";

/** Buckets per octave as a power of two: an error of at most 0.05 %. */
export const LOAD_PRECISION_BITS = 10;

export interface MetricSink {
  /** Observations so far. */
  readonly sampleCount: number;
  add(value: number): void;
  /** Adds what a later sink of the same kind holds; one of another kind is a defect. */
  absorb(later: MetricSink): void;
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

  absorb(later: MetricSink): void {
    if (!(later instanceof CounterSink)) throw new TypeError("a counter takes in counters only");
    this.sampleCount += later.sampleCount;
    this.total += later.total;
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

  absorb(later: MetricSink): void {
    if (!(later instanceof GaugeSink)) throw new TypeError("a gauge takes in gauges only");
    if (later.sampleCount === 0) return;
    const before = this.sampleCount;
    this.add(later.#min);
    this.add(later.#max);
    this.add(later.#value);
    this.sampleCount = before + later.sampleCount;
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

  absorb(later: MetricSink): void {
    if (!(later instanceof RateSink)) throw new TypeError("a rate takes in rates only");
    this.sampleCount += later.sampleCount;
    this.passes += later.passes;
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

  absorb(later: MetricSink): void {
    if (!(later instanceof TimeTrendSink)) throw new TypeError("a trend of times takes in such trends only");
    this.histogram.add(later.histogram);
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

  absorb(later: MetricSink): void {
    if (!(later instanceof ValueTrendSink)) throw new TypeError("a trend takes in trends of its kind only");
    this.histogram.add(later.histogram);
  }

  aggregate(aggregation: Aggregation): number | undefined {
    return trendAggregate(this.histogram, aggregation);
  }

  values(trendStats: readonly string[]): Record<string, number> {
    return trendValues(this.histogram, trendStats, 1);
  }
}

interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  quantile(fraction: number): number;
}

function trendAggregate(distribution: Distribution, aggregation: Aggregation): number | undefined {
  if (distribution.count === 0) return undefined;
  switch (aggregation.method) {
    case "avg":
      return distribution.sum / distribution.count;
    case "min":
      return distribution.min;
    case "max":
      return distribution.max;
    case "med":
      return interpolatedQuantile(distribution, 0.5);
    case "percentile":
      return interpolatedQuantile(distribution, aggregation.percent / 100);
    default:
      return undefined;
  }
}

/** k6's percentile: linear interpolation between the two samples around rank p * (n - 1). */
function interpolatedQuantile(distribution: Distribution, fraction: number): number {
  const { count } = distribution;
  const rank = fraction * (count - 1);
  const below = Math.floor(rank);
  const low = distribution.quantile((below + 1) / count);
  const share = rank - below;
  if (share === 0) return low;
  return low + (distribution.quantile(Math.min(1, (below + 2) / count)) - low) * share;
}

function trendValues(
  distribution: Distribution,
  trendStats: readonly string[],
  divisor: number,
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const stat of trendStats) {
    if (stat === "count") {
      values[stat] = distribution.count;
      continue;
    }
    const percentile = /^p\((.+)\)$/.exec(stat);
    const aggregation: Aggregation =
      percentile === null
        ? { method: stat as "avg" | "min" | "med" | "max" }
        : { method: "percentile", percent: Number(percentile[1]) };
    values[stat] = (trendAggregate(distribution, aggregation) ?? 0) / divisor;
  }
  return values;
}

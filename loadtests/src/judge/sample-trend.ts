import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { Aggregation } from "../measure/metric.js";

/** A distribution in bounded memory: exact mean, least, most and latest; percentiles within 0.05 %. */
export class SampleTrend {
  readonly #histogram = new LogLinearHistogram(10);
  readonly #stepsPerUnit: number;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #latest = Number.NaN;

  /** @param stepsPerUnit whole histogram steps in one unit: 1000 keeps milliseconds as microseconds. */
  constructor(stepsPerUnit: number) {
    this.#stepsPerUnit = stepsPerUnit;
  }

  get count(): number {
    return this.#count;
  }

  record(value: number, times = 1): void {
    if (times <= 0) return;
    this.#histogram.record(Math.round(value * this.#stepsPerUnit), times);
    this.#count += times;
    this.#sum += value * times;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#latest = value;
  }

  /** Adds a histogram whose unit is this trend's step (microseconds for milliseconds). */
  addSnapshot(snapshot: HistogramSnapshot): void {
    if (snapshot.count === 0) return;
    this.#histogram.addSnapshot(snapshot);
    this.#count += snapshot.count;
    this.#sum += snapshot.sum / this.#stepsPerUnit;
    this.#min = Math.min(this.#min, snapshot.min / this.#stepsPerUnit);
    this.#max = Math.max(this.#max, snapshot.max / this.#stepsPerUnit);
    this.#latest = snapshot.max / this.#stepsPerUnit;
  }

  /** Undefined when empty, and for methods that a distribution does not have. */
  aggregate(aggregation: Aggregation): number | undefined {
    if (this.#count === 0) return undefined;
    switch (aggregation.method) {
      case "avg":
        return this.#sum / this.#count;
      case "min":
        return this.#min;
      case "max":
        return this.#max;
      case "value":
        return this.#latest;
      case "med":
        return this.#quantile(0.5);
      case "percentile":
        return this.#quantile(aggregation.percent / 100);
      default:
        return undefined;
    }
  }

  #quantile(fraction: number): number {
    const value = this.#histogram.quantile(fraction) / this.#stepsPerUnit;
    return Math.min(Math.max(value, this.#min), this.#max);
  }
}

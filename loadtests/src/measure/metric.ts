/** Metrics as k6 knows them, seen from outside: what thresholds, summaries and reports may ask of one. */

import type { HistogramSnapshot } from "@loopscope/agent/catalog";
import type { MetricSelector } from "../engine/engine.js";

export type MetricType = "counter" | "gauge" | "rate" | "trend";

/** How a metric's values are to be shown: `time` is milliseconds, `data` is bytes. */
export type MetricContents = "default" | "time" | "data";

export type Tags = Readonly<Record<string, string>>;

/** k6's aggregation methods; `percentile` carries its p in percent. */
export type Aggregation =
  | { readonly method: "value" | "count" | "rate" | "avg" | "min" | "med" | "max" }
  | { readonly method: "percentile"; readonly percent: number };

/** One metric, or the part of it that carries certain tags. */
export interface MetricView {
  readonly name: string;
  readonly type: MetricType;
  readonly contents: MetricContents;
  /** Observations so far. 0 means that every aggregate is undefined. */
  readonly sampleCount: number;
  /**
   * The aggregate over everything recorded so far, in the metric's unit (trends of contents `time`:
   * milliseconds). Undefined when there is no data or the method does not fit the type.
   */
  aggregate(aggregation: Aggregation): number | undefined;
  /** Observations up to a value in the metric's unit, to a bucket's width. Left out where nobody counts so. */
  countAtMost?(value: number): number;
}

/** Where thresholds find metrics. Selectors with tags or windows exist only when asked for before the run. */
export interface MetricSource {
  find(name: string, tags: Tags, lastSeconds?: number): MetricView | undefined;
  /** The parts of a selector with `forAll`, by the tag's value. Left out where parts are not kept. */
  findEach?(selector: MetricSelector): ReadonlyMap<string, MetricView>;
}

/** Which aggregation methods each type accepts (k6's metric.go). */
export const AGGREGATIONS_BY_TYPE: Readonly<Record<MetricType, readonly Aggregation["method"][]>> = {
  counter: ["count", "rate"],
  gauge: ["value"],
  rate: ["rate"],
  trend: ["avg", "min", "med", "max", "percentile"],
};

/** A trend's whole distribution, microseconds for contents `time`. */
export interface TrendDistribution {
  readonly name: string;
  readonly histogram: HistogramSnapshot;
}

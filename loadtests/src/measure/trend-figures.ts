/** The figures of a trend, as k6 counts and names them. */

import type { Aggregation } from "./metric.js";

export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  quantile(fraction: number): number;
}

export function trendAggregate(distribution: Distribution, aggregation: Aggregation): number | undefined {
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

export function trendValues(
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

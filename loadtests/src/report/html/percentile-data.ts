/** Latency at rising percentiles, dense where it matters: five points each time the rest halves. */

import { type HistogramSnapshot, histogramFromSnapshot } from "@loopscope/agent/catalog";
import type { PageData } from "./page/page-data.js";
import { rounded } from "./thinned-series.js";

const POINTS_PER_HALVING = 5;

/** Up to the percentile that one observation stands for; nothing when there is none. */
export function percentilesOf(latency: HistogramSnapshot): PageData["percentiles"] {
  if (latency.count === 0) return { inverse: [], ms: [] };
  const histogram = histogramFromSnapshot(latency);
  const halvings = Math.ceil(Math.log2(Math.max(2, latency.count)));
  const inverse: number[] = [];
  const ms: number[] = [];
  for (let step = 0; step <= halvings * POINTS_PER_HALVING; step++) {
    const rest = 2 ** (-step / POINTS_PER_HALVING);
    inverse.push(rounded(1 / rest));
    ms.push(rounded(histogram.quantile(1 - rest) / 1000));
  }
  return { inverse, ms };
}

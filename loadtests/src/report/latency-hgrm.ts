/**
 * `latency.hgrm`: the percentile distribution in HdrHistogram's text form (`outputPercentileDistribution`),
 * as its plotters (hdrhistogram.github.io/HdrHistogram/plotFiles.html) and wrk2's readers take it.
 * Milliseconds.
 */

import { type HistogramSnapshot, histogramFromSnapshot } from "@loopscope/agent/catalog";

/** HdrHistogram's default. */
const TICKS_PER_HALF_DISTANCE = 5;
/** Decimals of the value column: microseconds, which is what was recorded. */
const DECIMALS = 3;

/** @param snapshot latencies in microseconds. An empty one gives a table without rows. */
export function renderHgrm(snapshot: HistogramSnapshot): string {
  const histogram = histogramFromSnapshot(snapshot);
  const buckets = [...histogram.buckets()];
  const lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""];
  let seen = 0;
  let percentile = 0;
  for (const [index, bucket] of buckets.entries()) {
    seen += bucket.count;
    const share = (seen / snapshot.count) * 100;
    if (index === buckets.length - 1) {
      // All is counted here, so HdrHistogram's iterator stops: the level it is at, then 100 %.
      lines.push(row(snapshot.max, percentile / 100, seen), lastRow(snapshot.max, seen));
      break;
    }
    while (percentile <= share) {
      lines.push(row(bucket.value, percentile / 100, seen));
      percentile = nextPercentile(percentile);
    }
  }
  return `${[...lines, ...footer(snapshot, buckets)].join("\n")}\n`;
}

/** HdrHistogram's PercentileIterator: the closer to 100, the finer, five steps each time the rest halves. */
function nextPercentile(percentile: number): number {
  const halvings = Math.floor(Math.log2(100 / (100 - percentile))) + 1;
  const ticks = TICKS_PER_HALF_DISTANCE * 2 ** halvings;
  return percentile + 100 / ticks;
}

function row(value: number, percentile: number, count: number): string {
  return `${lastColumns(value, percentile, count)} ${(1 / (1 - percentile)).toFixed(2).padStart(14)}`;
}

function lastRow(value: number, count: number): string {
  return lastColumns(value, 1, count);
}

function lastColumns(value: number, percentile: number, count: number): string {
  const shown = (value / 1000).toFixed(DECIMALS).padStart(12);
  return `${shown} ${percentile.toFixed(12).padStart(2)} ${String(Math.round(count)).padStart(10)}`;
}

function footer(
  snapshot: HistogramSnapshot,
  buckets: readonly { readonly value: number; readonly count: number }[],
): readonly string[] {
  const mean = snapshot.count === 0 ? 0 : snapshot.sum / snapshot.count;
  const variance =
    snapshot.count === 0
      ? 0
      : buckets.reduce((sum, bucket) => sum + bucket.count * (bucket.value - mean) ** 2, 0) / snapshot.count;
  const padded = (value: number): string => (value / 1000).toFixed(DECIMALS).padStart(12);
  const octaves = 32 - snapshot.precisionBits;
  return [
    `#[Mean    = ${padded(mean)}, StdDeviation   = ${padded(Math.sqrt(variance))}]`,
    `#[Max     = ${padded(snapshot.max)}, Total count    = ${String(Math.round(snapshot.count)).padStart(12)}]`,
    `#[Buckets = ${String(octaves).padStart(12)}, SubBuckets     = ${String(2 ** (snapshot.precisionBits + 1)).padStart(12)}]`,
  ];
}

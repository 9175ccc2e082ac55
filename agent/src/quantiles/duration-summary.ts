import type { DurationSummary } from "../catalog/frame";
import type { HistogramSnapshot, LogLinearHistogram } from "../catalog/log-linear-histogram";

/** Percentiles of a histogram of microseconds, in milliseconds; all null when it is empty. */
export function summarizeDurations(histogramUs: LogLinearHistogram): DurationSummary {
  const { count } = histogramUs;
  if (count === 0) {
    return { count, meanMs: null, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, maxMs: null };
  }
  return {
    count,
    meanMs: toMs(histogramUs.mean),
    p50Ms: toMs(histogramUs.quantile(0.5)),
    p90Ms: toMs(histogramUs.quantile(0.9)),
    p95Ms: toMs(histogramUs.quantile(0.95)),
    p99Ms: toMs(histogramUs.quantile(0.99)),
    maxMs: toMs(histogramUs.max),
  };
}

/** Those that hold something, as they go over the wire. */
export function histogramsOf<K extends string>(
  histograms: Readonly<Record<K, LogLinearHistogram>>,
): { readonly [N in K]?: HistogramSnapshot } {
  const kept: { [N in K]?: HistogramSnapshot } = {};
  for (const name of Object.keys(histograms) as K[])
    if (histograms[name].count > 0) kept[name] = histograms[name].snapshot();
  return kept;
}

/** Rounded to the microsecond, so that a frame is short on the wire. */
function toMs(microseconds: number): number {
  return Math.round(microseconds) / 1000;
}

import { type HistogramSnapshot, histogramFromSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import { LOAD_PRECISION_BITS } from "./metric-sinks.js";

/** One histogram of them all; an empty one of none. */
export function mergedHistogram(snapshots: readonly HistogramSnapshot[]): HistogramSnapshot {
  const [first, ...rest] = snapshots;
  if (first === undefined) return new LogLinearHistogram(LOAD_PRECISION_BITS).snapshot();
  const merged = histogramFromSnapshot(first);
  for (const snapshot of rest) merged.addSnapshot(snapshot);
  return merged.snapshot();
}

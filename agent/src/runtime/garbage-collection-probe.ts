/** Counts every garbage collection. Entries come in batches: reading only the first loses most under load. */

import { constants } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Frame } from "../catalog/frame";
import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import type { GarbageCollections } from "../garbage-collections";
import type { Guard } from "../guard";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

const PART = "garbage-collection-probe";
/** `NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP`: a constant only from Node 24, a kind from earlier on. */
const MINOR_MARK_SWEEP = 2;

/** The convention's names of V8's kinds. */
const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [MINOR_MARK_SWEEP]: "minor",
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

export interface GarbageCollectionProbe {
  readonly families: readonly MetricFamily[];
  /** What was collected since the last call. */
  takeWindow(): Frame["gc"];
}

/** @param onMajor told the heap in use, bytes, soon after each major collection. */
export function startGarbageCollectionProbe(
  guard: Guard,
  collections: GarbageCollections,
  onMajor: (heapUsedBytes: number) => void,
): GarbageCollectionProbe {
  const durations = new HistogramSeries(RUNTIME_METRICS.gcDuration, 8, () => undefined);
  let window = emptyWindow();

  function record(entries: readonly { readonly duration: number; readonly detail?: unknown }[]): void {
    let major = false;
    for (const entry of entries) {
      const kind = KINDS[(entry.detail as { readonly kind: number }).kind] ?? "other";
      durations.record([kind], entry.duration / 1000);
      window.collections++;
      window.pauseMs += entry.duration;
      window.maxPauseMs = Math.max(window.maxPauseMs, entry.duration);
      window.pauseMsByKind[kind] = (window.pauseMsByKind[kind] ?? 0) + entry.duration;
      major ||= kind === "major";
    }
    if (major) onMajor(getHeapStatistics().used_heap_size);
  }

  collections.onCollections(guard.wrap(PART, record));
  return {
    families: [durations],
    takeWindow: () => {
      collections.flush();
      const taken = window;
      window = emptyWindow();
      return taken;
    },
  };
}

interface OpenWindow {
  collections: number;
  pauseMs: number;
  maxPauseMs: number;
  pauseMsByKind: Record<string, number>;
}

function emptyWindow(): OpenWindow {
  return { collections: 0, pauseMs: 0, maxPauseMs: 0, pauseMsByKind: {} };
}

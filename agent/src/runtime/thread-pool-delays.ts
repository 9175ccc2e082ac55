import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

/** Waits for libuv's pool, measured by a probe elsewhere. */
export interface ThreadPoolDelays {
  readonly families: readonly MetricFamily[];
  /** The longest wait since the last call, milliseconds; null when no probe ended. */
  takeWindow(): number | null;
}

/** @param takeWaits the waits since its last call, milliseconds. */
export function createThreadPoolDelays(takeWaits: () => readonly number[]): ThreadPoolDelays {
  const delays = new HistogramSeries(RUNTIME_METRICS.threadPoolDelay, 1, () => undefined);
  let longestMs: number | null = null;

  function take(): void {
    for (const waitMs of takeWaits()) {
      delays.record([], waitMs / 1000);
      longestMs = Math.max(longestMs ?? 0, waitMs);
    }
  }

  return {
    families: [
      {
        definition: delays.definition,
        collect: () => {
          take();
          return delays.collect();
        },
      },
    ],
    takeWindow: () => {
      take();
      const taken = longestMs;
      longestMs = null;
      return taken;
    },
  };
}

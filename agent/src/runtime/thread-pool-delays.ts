import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

/** Waits for libuv's pool, measured by a probe elsewhere. */
export interface ThreadPoolDelays {
  readonly families: readonly MetricFamily[];
  /** Milliseconds. */
  record(delayMs: number): void;
  /** The longest wait since the last call, milliseconds; null when no probe ended. */
  takeWindow(): number | null;
}

export function createThreadPoolDelays(): ThreadPoolDelays {
  const delays = new HistogramSeries(RUNTIME_METRICS.threadPoolDelay, 1, () => undefined);
  let longestMs: number | null = null;
  return {
    families: [delays],
    record: (delayMs) => {
      delays.record([], delayMs / 1000);
      longestMs = Math.max(longestMs ?? 0, delayMs);
    },
    takeWindow: () => {
      const taken = longestMs;
      longestMs = null;
      return taken;
    },
  };
}

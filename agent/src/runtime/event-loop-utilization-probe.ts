import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import type { MetricFamily } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";

export interface EventLoopUtilizationProbe {
  readonly families: readonly MetricFamily[];
  /** Share (0..1) of the time since the last call in which the loop was active. */
  takeWindow(): number;
}

/** The baseline moves with each window: against a fixed one, an idle hour hides a busy second. */
export function createEventLoopUtilizationProbe(): EventLoopUtilizationProbe {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  let latest = 0;
  return {
    families: [
      scalarFamily(EVENTLOOP_METRICS.utilization, () => latest),
      {
        definition: EVENTLOOP_METRICS.time,
        collect: () => {
          const { active, idle } = performance.eventLoopUtilization();
          return [
            { labels: ["active"], value: active / 1000 },
            { labels: ["idle"], value: idle / 1000 },
          ];
        },
      },
    ],
    takeWindow: () => {
      const now = performance.eventLoopUtilization();
      latest = performance.eventLoopUtilization(now, last).utilization;
      last = now;
      return latest;
    },
  };
}

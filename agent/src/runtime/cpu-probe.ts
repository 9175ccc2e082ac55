import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import type { MetricFamily } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";
import { runQueueSeconds } from "./run-queue-wait";

/** Cores used, and how long the main thread waited for one (null where the platform does not tell). */
export interface CpuWindow {
  readonly userCores: number;
  readonly systemCores: number;
  readonly runQueueMs: number | null;
}

export interface CpuProbe {
  readonly families: readonly MetricFamily[];
  /** What happened since the last call. @param windowMs time since then. */
  takeWindow(windowMs: number): CpuWindow;
}

/** Processor time of the whole process: every thread, the agent's own included. */
export function createCpuProbe(): CpuProbe {
  let last = process.cpuUsage();
  let lastRunQueueSeconds = runQueueSeconds();
  return {
    families: [
      scalarFamily(RUNTIME_METRICS.cpuTime, () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }),
      {
        definition: RUNTIME_METRICS.cpuTimeByMode,
        collect: () => {
          const { user, system } = process.cpuUsage();
          return [
            { labels: ["user"], value: user / 1e6 },
            { labels: ["system"], value: system / 1e6 },
          ];
        },
      },
    ],
    takeWindow: (windowMs) => {
      const now = process.cpuUsage();
      const windowUs = Math.max(windowMs * 1000, 1);
      const waitedSeconds = runQueueSeconds();
      const window = {
        userCores: (now.user - last.user) / windowUs,
        systemCores: (now.system - last.system) / windowUs,
        runQueueMs:
          waitedSeconds === null || lastRunQueueSeconds === null
            ? null
            : (waitedSeconds - lastRunQueueSeconds) * 1000,
      };
      last = now;
      lastRunQueueSeconds = waitedSeconds;
      return window;
    },
  };
}

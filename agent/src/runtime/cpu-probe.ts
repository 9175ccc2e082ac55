import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import type { MetricFamily } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";

export interface CpuProbe {
  readonly families: readonly MetricFamily[];
  /** Cores used since the last call. @param windowMs time since then. */
  takeWindow(windowMs: number): { readonly userCores: number; readonly systemCores: number };
}

/** Processor time of the whole process: every thread, the agent's own included. */
export function createCpuProbe(): CpuProbe {
  let last = process.cpuUsage();
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
      const cores = {
        userCores: (now.user - last.user) / windowUs,
        systemCores: (now.system - last.system) / windowUs,
      };
      last = now;
      return cores;
    },
  };
}

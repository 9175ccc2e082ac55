import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { processStartSeconds } from "../clock";
import type { MetricFamily } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";

/** What does not change while the process lives. */
export function processFactFamilies(): readonly MetricFamily[] {
  const [major = "", minor = "", patch = ""] = process.versions.node.split(".");
  return [
    scalarFamily(RUNTIME_METRICS.startTime, processStartSeconds),
    {
      definition: RUNTIME_METRICS.versionInfo,
      collect: () => [{ labels: [process.version, major, minor, patch], value: 1 }],
    },
  ];
}

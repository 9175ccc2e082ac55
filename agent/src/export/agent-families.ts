import { AGENT_METRICS } from "../catalog/agent-metrics";
import type { AgentConfig } from "../config/agent-config";
import type { Guard } from "../guard";
import { type MetricFamily, scalarFamily } from "../quantiles/metric-samples";
import type { AgentCost } from "../thread-vitals";
import { agentVersion } from "./agent-version";

/** What the agent says of itself. */
export function agentFamilies(
  config: AgentConfig,
  guard: Guard,
  cost: () => AgentCost,
): readonly MetricFamily[] {
  return [
    {
      definition: AGENT_METRICS.info,
      collect: () => [
        { labels: [agentVersion(), config.serviceName ?? "", String(config.blockThresholdMs)], value: 1 },
      ],
    },
    { definition: AGENT_METRICS.errors, collect: () => countsByPart(guard.errorCounts) },
    { definition: AGENT_METRICS.dropped, collect: () => countsByPart(guard.dropCounts) },
    scalarFamily(AGENT_METRICS.watchdogCpu, () => cost().cpuSeconds),
    scalarFamily(AGENT_METRICS.captures, () => cost().captures),
  ];
}

function countsByPart(counts: ReadonlyMap<string, number>): { labels: readonly string[]; value: number }[] {
  return [...counts].map(([part, value]) => ({ labels: [part], value }));
}

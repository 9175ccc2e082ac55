import { AGENT_METRICS } from "../catalog/agent-metrics";
import type { AgentConfig } from "../config/agent-config";
import type { Guard } from "../guard";
import type { MetricFamily } from "../quantiles/metric-samples";
import { agentVersion } from "./agent-version";

/** What the agent says of itself. */
export function agentFamilies(config: AgentConfig, guard: Guard): readonly MetricFamily[] {
  return [
    {
      definition: AGENT_METRICS.info,
      collect: () => [
        { labels: [agentVersion(), config.serviceName ?? "", String(config.blockThresholdMs)], value: 1 },
      ],
    },
    { definition: AGENT_METRICS.errors, collect: () => countsByPart(guard.errorCounts) },
    { definition: AGENT_METRICS.dropped, collect: () => countsByPart(guard.dropCounts) },
  ];
}

function countsByPart(counts: ReadonlyMap<string, number>): { labels: readonly string[]; value: number }[] {
  return [...counts].map(([part, value]) => ({ labels: [part], value }));
}

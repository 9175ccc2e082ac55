import { AGENT_METRICS } from "../catalog/agent-metrics";
import { CIRCUIT_METRICS } from "../catalog/circuit-metrics";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import { HTTP_METRICS } from "../catalog/http-metrics";
import type { MetricDefinition } from "../catalog/metric-definition";
import { RUNTIME_METRICS } from "../catalog/runtime-metrics";
import { WEBSOCKET_METRICS } from "../catalog/websocket-metrics";
import { WORK_METRICS } from "../catalog/work-metrics";

/** Every metric of the catalogue, group by group. */
export const ALL_DEFINITIONS: readonly MetricDefinition[] = [
  EVENTLOOP_METRICS,
  HTTP_METRICS,
  RUNTIME_METRICS,
  WORK_METRICS,
  CIRCUIT_METRICS,
  WEBSOCKET_METRICS,
  AGENT_METRICS,
].flatMap((group): readonly MetricDefinition[] => Object.values(group));

const BY_NAME = new Map(ALL_DEFINITIONS.map((definition) => [definition.name, definition]));

export function definitionByName(name: string): MetricDefinition | undefined {
  return BY_NAME.get(name);
}

/**
 * Exposition text of every metric of the catalogue, with figures that move: what a Prometheus would scrape
 * from a service in which everything happens. Used where a real service would need hours, or faults of
 * every kind.
 */
import {
  AGENT_METRICS,
  CIRCUIT_METRICS,
  EVENTLOOP_METRICS,
  HTTP_METRICS,
  type MetricDefinition,
  RUNTIME_METRICS,
  WEBSOCKET_METRICS,
  WORK_METRICS,
} from "@loopscope/agent/catalog";
import { LOAD_METRICS } from "../src/load-metrics.js";

export interface ExpositionShape {
  readonly routes: number;
  /** Status codes that each route answers with. */
  readonly statuses: readonly string[];
  /** Places in the code that blocked. */
  readonly sites: number;
  /** Whether a load run's metrics are among them: pushed in truth, scraped here. */
  readonly loadRun: boolean;
}

const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
  http_request_method: ["GET"],
  quantile: ["0.5", "0.9", "0.95", "0.99"],
  cause: ["javascript", "sync-crypto", "json"],
  nodejs_eventloop_state: ["active", "idle"],
  v8js_gc_type: ["major", "minor", "incremental", "weakcb"],
  v8js_heap_space_name: ["new_space", "old_space", "code_space", "large_object_space"],
  v8js_resource_type: ["Timeout", "TCPSocketWrap", "TCPServerWrap"],
  cpu_mode: ["user", "system"],
  queue: ["mail", "images"],
  outcome: ["ok", "error", "timeout", "rejected"],
  circuit_breaker: ["payments"],
  state: ["closed", "open", "half-open"],
  library: ["cockatiel"],
  role: ["server", "client"],
  direction: ["sent", "received"],
  db_client_connection_pool_name: ["primary", "replica"],
  db_system_name: ["postgresql"],
  db_namespace: ["shop"],
  db_client_connection_state: ["idle", "used"],
  server_address: ["payments.test", "search.test"],
  server_port: ["443"],
  error_type: [""],
  part: ["watchdog", "memory"],
  version: ["1.2.3"],
  major: ["20"],
  minor: ["20"],
  patch: ["2"],
  service_name: ["shop"],
  block_threshold_ms: ["50"],
  testid: ["run-1"],
  scenario: ["browsing"],
  name: ["GET /users/:id", "POST /users"],
  method: ["GET"],
  status: ["200"],
  check: ["found"],
  metric: [
    "http_req_duration",
    "http_reqs",
    "http_req_failed",
    "checks",
    "target_eventloop_delay",
    "target_eventloop_utilization",
    "target_cpu",
    "target_rss",
  ],
  threshold: ["http_req_duration p(95)<250", "http_req_duration{name:GET /users/:id} p(95)<100"],
  aggregation: ["rate"],
};

/** @param elapsedSeconds since the service's pretended start; counters grow with it. */
export function catalogueExposition(
  shape: ExpositionShape,
  elapsedSeconds: number,
  startSeconds: number,
): string {
  const groups: readonly Readonly<Record<string, MetricDefinition>>[] = [
    AGENT_METRICS,
    EVENTLOOP_METRICS,
    HTTP_METRICS,
    RUNTIME_METRICS,
    WORK_METRICS,
    CIRCUIT_METRICS,
    WEBSOCKET_METRICS,
    ...(shape.loadRun ? [LOAD_METRICS] : []),
  ];
  const lines: string[] = [];
  for (const metric of groups.flatMap((group) => Object.values(group))) {
    lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`);
    for (const labels of labelSets(metric, shape))
      appendSeries(lines, metric, labels, elapsedSeconds, startSeconds);
  }
  return `${lines.join("\n")}\n`;
}

/** Pairs as Prometheus writes them, without braces. */
function labelSets(metric: MetricDefinition, shape: ExpositionShape): readonly string[] {
  if (metric.labels.includes("line")) return sites(shape);
  let sets: readonly string[] = [""];
  for (const label of metric.labels) {
    const values = shapedValues(label, shape) ?? LABEL_VALUES[label];
    if (values === undefined) throw new RangeError(`no values for label ${label} of ${metric.name}`);
    sets = sets.flatMap((set) => values.map((value) => `${set}${set === "" ? "" : ","}${label}="${value}"`));
  }
  return sets;
}

function shapedValues(label: string, shape: ExpositionShape): readonly string[] | undefined {
  if (label === "http_route") return routes(shape);
  return label === "http_response_status_code" ? shape.statuses : undefined;
}

function routes(shape: ExpositionShape): readonly string[] {
  return Array.from({ length: shape.routes }, (_, index) => `/route-${index}/:id`);
}

function sites(shape: ExpositionShape): readonly string[] {
  return Array.from(
    { length: shape.sites },
    (_, index) =>
      `cause="javascript",function="work${index}",file="/app/src/work.ts",line="${index + 1}",http_route="/route-${index % shape.routes}/:id"`,
  );
}

function appendSeries(
  lines: string[],
  metric: MetricDefinition,
  labels: string,
  elapsedSeconds: number,
  startSeconds: number,
): void {
  const braces = labels === "" ? "" : `{${labels}}`;
  if (metric.type === "histogram") {
    const bounds = metric.buckets ?? [];
    const prefix = labels === "" ? "" : `${labels},`;
    // As many observations in each bucket, and some over the last bound.
    bounds.forEach((bound, index) => {
      lines.push(`${metric.name}_bucket{${prefix}le="${bound}"} ${Math.floor(elapsedSeconds) * (index + 1)}`);
    });
    const count = Math.floor(elapsedSeconds) * (bounds.length + 1);
    lines.push(`${metric.name}_bucket{${prefix}le="+Inf"} ${count}`);
    lines.push(
      `${metric.name}_sum${braces} ${elapsedSeconds * 0.05}`,
      `${metric.name}_count${braces} ${count}`,
    );
    return;
  }
  if (metric.type === "counter") lines.push(`${metric.name}${braces} ${elapsedSeconds * 0.02}`);
  else lines.push(`${metric.name}${braces} ${gaugeValue(metric, elapsedSeconds, startSeconds)}`);
}

function gaugeValue(metric: MetricDefinition, elapsedSeconds: number, startSeconds: number): number {
  if (metric.name === RUNTIME_METRICS.startTime.name) return startSeconds;
  if (metric.name === RUNTIME_METRICS.heapLimit.name) return 4e9;
  if (metric.unit === "bytes") return 1e8 + elapsedSeconds * 1e4;
  if (metric.name === RUNTIME_METRICS.heapGrowth.name) return 1e4;
  if (metric.unit === "none") return 1;
  return 0.2 + (elapsedSeconds % 10) / 100;
}

import * as units from "@grafana/grafana-foundation-sdk/units";
import { AGENT_METRICS, EVENTLOOP_METRICS, HTTP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import type { Vector } from "../promql/vector.js";
import { countBy, divide, maxBy, sortDescending, sumBy, topk } from "../promql/vector.js";
import { EVENTLOOP_RULES } from "../rules/eventloop-recording-rules.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { BY_INSTANCE, dashboardQueries } from "./dashboard-queries.js";
import { NEEDS_RULES, NO_AGENT, NO_REQUESTS, NOTHING_BLOCKED } from "./no-data-texts.js";

const queries = dashboardQueries([]);
const metrics = queries.metrics;
const SERVICE = ["job", "service_name"] as const;

const counts: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Instances with the agent",
    description: "How many instances are there, and did any go? Instances that answered, by service.",
    unit: units.Short,
    queries: [{ vector: countBy(SERVICE, metrics.gauge(EVENTLOOP_METRICS.utilization)), legend: "{{job}}" }],
    noData: NO_AGENT,
    width: 8,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Starts",
    description: "Does anything restart? Process starts within ten minutes, by service.",
    unit: units.Short,
    queries: [
      { vector: sumBy(SERVICE, metrics.changes(RUNTIME_METRICS.startTime, "10m")), legend: "{{job}}" },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Requests by service",
    description: "Which service carries the traffic? Requests a second.",
    unit: units.RequestsPerSecond,
    queries: [{ vector: sumBy(SERVICE, queries.recorded(HTTP_RULES.serviceRequests)), legend: "{{job}}" }],
    noData: NEEDS_RULES,
    width: 8,
    height: 7,
    minimum: 0,
  },
];

type InstanceVector = Vector<"job" | "service_name" | "instance">;

function worst(
  title: string,
  description: string,
  unit: string,
  vector: InstanceVector,
  rest: Partial<PanelSpecification>,
): PanelSpecification {
  return {
    kind: "bargauge",
    title,
    description: `${description} The fifteen worst.`,
    unit,
    queries: [
      {
        vector: sortDescending(topk(15, maxBy(["job", "instance"], vector))),
        legend: "{{job}} {{instance}}",
      },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 11,
    minimum: 0,
    ...rest,
  };
}

const statusCounts = queries.recorded(HTTP_RULES.instanceStatusRequests);
const serverErrors = queries.recorded(HTTP_RULES.instanceStatusRequests, {
  http_response_status_code: '=~"5.."',
});

const worstFirst: readonly PanelSpecification[] = [
  worst(
    "Blocked",
    "Which event loops are held? Share of the last minute blocked.",
    units.PercentUnit,
    sumBy(BY_INSTANCE, queries.recorded(EVENTLOOP_RULES.instanceCauseBlocked)),
    { noData: NOTHING_BLOCKED, conditional: "blocks over the threshold", detailsIn: "loopscope-event-loop" },
  ),
  worst(
    "p95",
    "Which instances are slow? Exact (error at most 1 %) over all routes, last minute.",
    units.Seconds,
    maxBy(BY_INSTANCE, metrics.gauge(HTTP_METRICS.serverDurationQuantile, { quantile: '="0.95"' })),
    { noData: NO_REQUESTS, detailsIn: "loopscope-service-overview" },
  ),
  worst(
    "Errors",
    "Which instances fail? Share of requests with status 500 and over, last minute.",
    units.PercentUnit,
    divide(sumBy(BY_INSTANCE, serverErrors), sumBy(BY_INSTANCE, statusCounts)),
    {
      noData: "No answer with status 500 or over.",
      conditional: "answers with status 500 or over",
      detailsIn: "loopscope-service-overview",
    },
  ),
  worst(
    "Utilization",
    "Which event loops are near their limit? Share of the last second active.",
    units.PercentUnit,
    maxBy(BY_INSTANCE, metrics.gauge(EVENTLOOP_METRICS.utilization)),
    { maximum: 1, detailsIn: "loopscope-event-loop" },
  ),
  worst(
    "Heap",
    "Which heaps are near their limit? Heap in use as a share of it.",
    units.PercentUnit,
    divide(
      sumBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.heapUsed)),
      maxBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.heapLimit)),
    ),
    { maximum: 1, detailsIn: "loopscope-memory" },
  ),
  worst(
    "Processor",
    "Which instances use most processor? Cores.",
    units.Short,
    sumBy(BY_INSTANCE, metrics.rate(RUNTIME_METRICS.cpuTime)),
    {},
  ),
];

const versions: readonly PanelSpecification[] = [
  {
    kind: "table",
    title: "Node.js versions",
    description: "Which versions of Node.js run, on how many instances?",
    unit: units.Short,
    queries: [
      { vector: countBy(["job", "version"], metrics.gauge(RUNTIME_METRICS.versionInfo)), legend: "" },
    ],
    columns: { job: "Job", version: "Node.js" },
    valueColumn: "Instances",
    noData: NO_AGENT,
    width: 12,
    height: 7,
  },
  {
    kind: "table",
    title: "Agent versions and thresholds",
    description:
      "Does every instance have the same agent with the same threshold? Their blocks are comparable only then.",
    unit: units.Short,
    queries: [
      {
        vector: countBy(["job", "version", "block_threshold_ms"], metrics.gauge(AGENT_METRICS.info)),
        legend: "",
      },
    ],
    columns: { job: "Job", version: "Agent", block_threshold_ms: "Threshold (ms)" },
    valueColumn: "Instances",
    noData: NO_AGENT,
    width: 12,
    height: 7,
  },
];

export const FLEET: DashboardSpecification = {
  uid: "loopscope-fleet",
  title: "Fleet",
  question: "Which of many instances is worst off, and does anything restart or differ?",
  variables: [],
  rows: [
    { title: "Services", panels: counts },
    { title: "Worst first", panels: worstFirst },
    { title: "Versions", panels: versions },
  ],
};

import * as units from "@grafana/grafana-foundation-sdk/units";
import { EVENTLOOP_METRICS, HTTP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { LOAD_METRICS } from "../load-metrics.js";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, labelled, maxBy, minBy, orElse, scale, sumBy, topk } from "../promql/vector.js";
import { EVENTLOOP_RULES } from "../rules/eventloop-recording-rules.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { dashboardQueries, loadQueries } from "./dashboard-queries.js";
import { THRESHOLD_LINES, THRESHOLDS_PANEL } from "./load-run-thresholds.js";
import { NO_AGENT, NO_PLACE, NO_RUN, NOTHING_BLOCKED } from "./no-data-texts.js";

const VARIABLES = ["testid", "latency_threshold"] as const;
const queries = dashboardQueries(VARIABLES);
const metrics = queries.metrics;
const RUN = "a load run that pushes its metrics";

function slowestInstance(quantile: "0.95" | "0.99") {
  return maxBy([], metrics.gauge(HTTP_METRICS.serverDurationQuantile, { quantile: `="${quantile}"` }));
}

/** Loopscope pushes the run as a whole beside its requests; of k6's, which pushes requests alone, the slowest. */
function wholeRun(metric: (typeof LOAD_METRICS)["durationP50" | "durationP95" | "durationP99"]) {
  return orElse(
    maxBy(["testid"], loadQueries.gauge(metric, { name: '=""' })),
    maxBy(["testid"], loadQueries.gauge(metric)),
  );
}

const load: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Requests a second, client and server",
    description:
      "Did all that was sent arrive? What the load generator sent, against what the service answered; a gap is on the way between them, or other traffic.",
    unit: units.RequestsPerSecond,
    queries: [
      {
        vector: sumBy(["testid"], loadQueries.rate(LOAD_METRICS.requests)),
        legend: "client {{testid}}",
        colour: "blue",
      },
      {
        vector: sumBy(["job"], queries.recorded(HTTP_RULES.serviceRequests)),
        legend: "server {{job}}",
        colour: "orange",
      },
      THRESHOLD_LINES.requestRate,
    ],
    noData: NO_RUN,
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Virtual users and dropped iterations",
    description:
      "Was the load what it should have been? Virtual users, and on the right axis iterations a second that could not begin in time: then the generator, or the service, was too slow for the rate.",
    unit: units.Short,
    queries: [
      {
        vector: sumBy(["testid"], loadQueries.gauge(LOAD_METRICS.vus)),
        legend: "users {{testid}}",
        colour: "blue",
      },
      {
        vector: sumBy(["testid"], loadQueries.rate(LOAD_METRICS.droppedIterations)),
        legend: "dropped {{testid}}",
        colour: "vermilion",
        rightAxisUnit: units.OpsPerSecond,
      },
    ],
    noData: NO_RUN,
    conditional: RUN,
    width: 8,
    height: 8,
    minimum: 0,
  },
  THRESHOLDS_PANEL,
];

const latency: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Latency, client and server",
    description:
      "Where is the time lost? The client's percentiles (since the run began; of a run of k6 those of its slowest request) and the server's (of the last minute, at the slowest instance) on one axis: what only the client sees was waiting before the service read the request. The dashed lines are the run's own thresholds; for a run of k6 alone, the one chosen above.",
    unit: units.Seconds,
    queries: [
      {
        vector: wholeRun(LOAD_METRICS.durationP50),
        legend: "client p50 {{testid}}",
        colour: "skyBlue",
      },
      {
        vector: wholeRun(LOAD_METRICS.durationP95),
        legend: "client p95 {{testid}}",
        colour: "blue",
      },
      {
        vector: wholeRun(LOAD_METRICS.durationP99),
        legend: "client p99 {{testid}}",
        colour: "purple",
      },
      { vector: slowestInstance("0.95"), legend: "server p95", colour: "orange" },
      { vector: slowestInstance("0.99"), legend: "server p99", colour: "vermilion" },
      THRESHOLD_LINES.latency,
      THRESHOLD_LINES.chosenLatency,
    ],
    noData: NO_RUN,
    width: 24,
    height: 10,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Client p95 by request",
    description:
      "Which request is slow? The ten slowest as the client sees them, by the request's name, since the run began; the dashed lines are thresholds on single requests.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(10, maxBy(["name"], loadQueries.gauge(LOAD_METRICS.durationP95, { name: '!=""' }))),
        legend: "{{name}}",
      },
      THRESHOLD_LINES.namedLatency,
    ],
    noData: NO_RUN,
    conditional: RUN,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Failed requests and checks",
    description:
      "Were the answers right? Share of requests that failed, and share of checks that did not hold, at the worst.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: maxBy(["testid"], loadQueries.gauge(LOAD_METRICS.failedShare)),
        legend: "failed {{testid}}",
        colour: "vermilion",
      },
      {
        vector: scale(scale(minBy(["testid"], loadQueries.gauge(LOAD_METRICS.checkShare)), "* -1"), "+ 1"),
        legend: "checks not held {{testid}}",
        colour: "orange",
      },
      THRESHOLD_LINES.failedShare,
      THRESHOLD_LINES.checksNotHeld,
    ],
    noData: NO_RUN,
    conditional: RUN,
    width: 12,
    height: 8,
    minimum: 0,
    maximum: 1,
  },
];

const service: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Event-loop delay and blocked time",
    description:
      "What did the load do to the event loop? 99th percentile of the delay; on the right axis the share of time blocked, at the worst instance.",
    unit: units.Seconds,
    queries: [
      {
        vector: histogramQuantile(0.99, sumBy(["le"], metrics.bucketRate(EVENTLOOP_METRICS.delay))),
        legend: "delay p99",
        colour: "blue",
      },
      THRESHOLD_LINES.eventLoopDelay,
      {
        vector: maxBy(
          ["job"],
          sumBy(["job", "instance"], queries.recorded(EVENTLOOP_RULES.instanceCauseBlocked)),
        ),
        legend: "blocked {{job}}",
        colour: "vermilion",
        rightAxisUnit: units.PercentUnit,
      },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 8,
    minimum: 0,
    detailsIn: "loopscope-event-loop",
  },
  {
    kind: "timeseries",
    title: "Processor and utilization",
    description:
      "Is the service at its limit? Cores used by the busiest instance, and the utilization of its event loop.",
    unit: units.Short,
    queries: [
      {
        vector: maxBy(["job"], metrics.rate(RUNTIME_METRICS.cpuTime)),
        legend: "cores {{job}}",
        colour: "blue",
      },
      THRESHOLD_LINES.processor,
      THRESHOLD_LINES.utilization,
      {
        vector: maxBy(["job"], metrics.gauge(EVENTLOOP_METRICS.utilization)),
        legend: "utilization {{job}}",
        colour: "orange",
        rightAxisUnit: units.PercentUnit,
      },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Memory and requests in flight",
    description:
      "Does anything pile up? Resident memory of the largest instance; on the right axis requests in flight.",
    unit: units.BytesIEC,
    queries: [
      {
        vector: maxBy(["job"], metrics.gauge(RUNTIME_METRICS.residentMemory)),
        legend: "memory {{job}}",
        colour: "blue",
      },
      THRESHOLD_LINES.residentMemory,
      {
        vector: sumBy(["job"], metrics.gauge(HTTP_METRICS.serverActiveRequests)),
        legend: "in flight {{job}}",
        colour: "orange",
        rightAxisUnit: units.Short,
      },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "table",
    title: "Who blocked during the run",
    description:
      "Which line is to blame? Blocked seconds over the dashboard's range, over all instances, worst first.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(
          20,
          labelled(
            sumBy(
              ["function", "file", "line", "http_route", "cause"],
              queries.totalOverRange(EVENTLOOP_RULES.siteBlocked),
            ),
            "function",
            NO_PLACE,
          ),
        ),
        legend: "",
      },
    ],
    columns: { function: "Function", file: "File", line: "Line", http_route: "Route", cause: "Cause" },
    valueColumn: "Blocked",
    noData: NOTHING_BLOCKED,
    conditional: "blocks over the threshold",
    width: 24,
    height: 8,
  },
];

export const LOAD_RUN: DashboardSpecification = {
  uid: "loopscope-load-run",
  title: "Load run",
  question:
    "How did a load run go: what did the client see, what did the service do, and which line was to blame?",
  variables: VARIABLES,
  rows: [
    { title: "Load", panels: load },
    { title: "Latency and correctness, as the client saw them", panels: latency },
    { title: "The service meanwhile", panels: service },
  ],
  from: "now-15m",
  refresh: "5s",
  annotationTag: "loopscope-run",
};

/** Service overview: how close the service is to its limits, and to its objectives. */
import * as units from "@grafana/grafana-foundation-sdk/units";
import { EVENTLOOP_METRICS, HTTP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { OBJECTIVES } from "../objectives.js";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, maxBy, sumBy, topk } from "../promql/vector.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { dashboardQueries, line } from "./dashboard-queries.js";
import { NEEDS_RULES, NO_AGENT, NO_REQUESTS } from "./no-data-texts.js";

const queries = dashboardQueries(["route"]);
const metrics = queries.metrics;

export const SATURATION_PANELS: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Requests in flight",
    description: "Is work piling up? Requests being answered, by instance.",
    unit: units.Short,
    queries: [
      {
        vector: sumBy(["instance"], metrics.gauge(HTTP_METRICS.serverActiveRequests)),
        legend: "{{instance}}",
      },
    ],
    noData: NO_REQUESTS,
    width: 8,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Event-loop utilization",
    description: "Which instance is busiest? Share of the time in which the event loop was active.",
    unit: units.PercentUnit,
    queries: [
      { vector: maxBy(["instance"], metrics.gauge(EVENTLOOP_METRICS.utilization)), legend: "{{instance}}" },
    ],
    noData: NO_AGENT,
    width: 8,
    height: 7,
    minimum: 0,
    maximum: 1,
    detailsIn: "loopscope-event-loop",
  },
  {
    kind: "timeseries",
    title: "Processor",
    description: "How many cores does each instance use? One is the most that JavaScript on one thread can.",
    unit: units.Short,
    queries: [{ vector: sumBy(["instance"], metrics.rate(RUNTIME_METRICS.cpuTime)), legend: "{{instance}}" }],
    noData: NO_AGENT,
    width: 8,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Outbound p95 by destination",
    description: "Is a dependency slow? Requests by node:http, fetch and undici, over all instances.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(
          10,
          histogramQuantile(
            0.95,
            sumBy(["server_address", "server_port", "le"], queries.recorded(HTTP_RULES.clientBuckets)),
          ),
        ),
        legend: "{{server_address}}:{{server_port}}",
      },
    ],
    noData: "The service sent no HTTP requests in this range.",
    conditional: "outbound HTTP requests",
    width: 12,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Memory",
    description: "How much memory does each instance hold? Resident memory of the process.",
    unit: units.BytesIEC,
    queries: [
      { vector: maxBy(["instance"], metrics.gauge(RUNTIME_METRICS.residentMemory)), legend: "{{instance}}" },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 7,
    minimum: 0,
    detailsIn: "loopscope-memory",
  },
];

function burnPanel(
  title: string,
  question: string,
  windows: readonly (readonly [
    string,
    keyof typeof HTTP_RULES,
    "blue" | "skyBlue" | "orange" | "vermilion",
  ])[],
): PanelSpecification {
  return {
    kind: "timeseries",
    title,
    description: `${question} Times faster than allowed, over several windows; the dashed lines are where a page is sent (14.4 over 1 h, 6 over 6 h).`,
    unit: units.Short,
    queries: [
      ...windows.map(([legend, rule, colour]) => ({
        vector: maxBy(["job", "service_name"], queries.recorded(HTTP_RULES[rule])),
        legend: `{{job}} ${legend}`,
        colour,
      })),
      { vector: line(14.4), legend: "page (1 h)", colour: "grey", dashed: true },
      { vector: line(6), legend: "page (6 h)", colour: "grey", dashed: true },
    ],
    noData: NEEDS_RULES,
    width: 12,
    height: 7,
    minimum: 0,
  };
}

export const OBJECTIVE_PANELS: readonly PanelSpecification[] = [
  burnPanel("Error budget burn", "Will the error budget last?", [
    ["5 m", "errorBurn5m", "skyBlue"],
    ["1 h", "errorBurn1h", "vermilion"],
    ["6 h", "errorBurn6h", "orange"],
    ["3 d", "errorBurn3d", "blue"],
  ]),
  burnPanel("Latency budget burn", `Will 95 of 100 requests stay under ${OBJECTIVES.latencySeconds} s?`, [
    ["5 m", "latencyBurn5m", "skyBlue"],
    ["1 h", "latencyBurn1h", "vermilion"],
    ["6 h", "latencyBurn6h", "orange"],
    ["3 d", "latencyBurn3d", "blue"],
  ]),
];

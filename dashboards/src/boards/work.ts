import * as units from "@grafana/grafana-foundation-sdk/units";
import { HTTP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import { divide, histogramQuantile, maxBy, sumBy, topk } from "../promql/vector.js";
import { CIRCUIT_PANELS } from "./circuit-panels.js";
import { BY_INSTANCE, dashboardQueries } from "./dashboard-queries.js";
import { DATABASE_PANELS } from "./database-panels.js";
import { NO_AGENT } from "./no-data-texts.js";
import { POOL_PANELS } from "./pool-panels.js";
import { QUEUE_PANELS } from "./queue-panels.js";
import { WEBSOCKET_PANELS } from "./websocket-panels.js";

const VARIABLES = ["queue", "pool"] as const;
const { metrics } = dashboardQueries(VARIABLES);

const threads: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Wait for a thread of libuv's pool",
    description:
      "Do file system, DNS, crypto and zlib calls queue? Wait of a probe for a free thread, over the chosen instances; idle, it is below a millisecond.",
    unit: units.Seconds,
    queries: [
      {
        vector: histogramQuantile(0.5, sumBy(["le"], metrics.bucketRate(RUNTIME_METRICS.threadPoolDelay))),
        legend: "p50",
        colour: "blue",
      },
      {
        vector: histogramQuantile(0.95, sumBy(["le"], metrics.bucketRate(RUNTIME_METRICS.threadPoolDelay))),
        legend: "p95",
        colour: "orange",
      },
      {
        vector: histogramQuantile(0.99, sumBy(["le"], metrics.bucketRate(RUNTIME_METRICS.threadPoolDelay))),
        legend: "p99",
        colour: "vermilion",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Active resources",
    description:
      "What keeps the event loop alive, and does it pile up? Timers, sockets and the like, summed over the chosen instances.",
    unit: units.Short,
    queries: [
      {
        vector: topk(10, sumBy(["v8js_resource_type"], metrics.gauge(RUNTIME_METRICS.activeResources))),
        legend: "{{v8js_resource_type}}",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Outbound requests in flight",
    description:
      "Which dependency is waited for? Outbound HTTP requests in flight, by destination; the ten most.",
    unit: units.Short,
    queries: [
      {
        vector: topk(
          10,
          sumBy(["server_address", "server_port"], metrics.gauge(HTTP_METRICS.clientActiveRequests)),
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
    title: "File descriptors",
    description:
      "Will sockets and files run out? Share of the allowed open file descriptors, by instance (Linux).",
    unit: units.PercentUnit,
    queries: [
      {
        vector: maxBy(
          ["instance"],
          divide(
            maxBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.openFileDescriptors)),
            maxBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.maxFileDescriptors)),
          ),
        ),
        legend: "{{instance}}",
      },
    ],
    noData: "Known on Linux only.",
    width: 12,
    height: 7,
    minimum: 0,
    maximum: 1,
    thresholds: [{ value: 0.8, colour: "vermilion" }],
  },
];

export const WORK: DashboardSpecification = {
  uid: "loopscope-work",
  title: "Work: queues and pools",
  question: "Where does work wait: in queues, for workers, for database connections, for threads?",
  variables: VARIABLES,
  rows: [
    { title: "Queues and workers", panels: QUEUE_PANELS },
    { title: "Pools", panels: POOL_PANELS },
    { title: "Databases", panels: DATABASE_PANELS },
    { title: "Circuit breakers", panels: CIRCUIT_PANELS },
    { title: "WebSockets", panels: WEBSOCKET_PANELS },
    { title: "Threads, resources, descriptors", panels: threads },
  ],
};

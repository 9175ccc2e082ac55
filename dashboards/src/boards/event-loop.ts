import * as units from "@grafana/grafana-foundation-sdk/units";
import { EVENTLOOP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, labelled, maxBy, scale, sumBy, topk } from "../promql/vector.js";
import { EVENTLOOP_RULES } from "../rules/eventloop-recording-rules.js";
import { BY_INSTANCE, dashboardQueries } from "./dashboard-queries.js";
import { EVENT_LOOP_DELAY_PANELS } from "./event-loop-delay-panels.js";
import { NO_AGENT, NO_PLACE, NOTHING_BLOCKED } from "./no-data-texts.js";

const VARIABLES = ["route"] as const;
const queries = dashboardQueries(VARIABLES);
const metrics = queries.metrics;
const BLOCKS = "blocks over the threshold";

const now: readonly PanelSpecification[] = [
  {
    kind: "stat",
    title: "Blocked now",
    description: "Is an event loop blocked at this moment, and for how long already? The oldest open block.",
    unit: units.Seconds,
    queries: [{ vector: maxBy(["job"], metrics.gauge(EVENTLOOP_METRICS.openBlockAge)), legend: "{{job}}" }],
    noData: NO_AGENT,
    width: 6,
    height: 4,
    thresholds: [
      { value: 0.2, colour: "orange" },
      { value: 1, colour: "vermilion" },
    ],
  },
  {
    kind: "stat",
    title: "Time blocked",
    description: "How much is blocked in all? Share of time, at the instance where it is worst.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: maxBy(["job"], sumBy(BY_INSTANCE, queries.recorded(EVENTLOOP_RULES.instanceCauseBlocked))),
        legend: "{{job}}",
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: BLOCKS,
    width: 6,
    height: 4,
    thresholds: [
      { value: 0.01, colour: "orange" },
      { value: 0.05, colour: "vermilion" },
    ],
  },
  {
    kind: "stat",
    title: "Blocks a minute",
    description: "How often is it blocked? Blocks at or over the threshold a minute, over all instances.",
    unit: units.Short,
    queries: [
      {
        vector: scale(
          sumBy(["job"], queries.recorded(EVENTLOOP_RULES.causeBlockBuckets, { le: '="+Inf"' })),
          "* 60",
        ),
        legend: "{{job}}",
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: BLOCKS,
    width: 6,
    height: 4,
  },
  {
    kind: "stat",
    title: "Utilization",
    description: "How busy is the busiest event loop? At 1 it is never idle, and callbacks queue.",
    unit: units.PercentUnit,
    queries: [{ vector: maxBy(["job"], metrics.gauge(EVENTLOOP_METRICS.utilization)), legend: "{{job}}" }],
    noData: NO_AGENT,
    width: 6,
    height: 4,
    thresholds: [
      { value: 0.7, colour: "orange" },
      { value: 0.9, colour: "vermilion" },
    ],
  },
];

const culprits: readonly PanelSpecification[] = [
  {
    kind: "table",
    title: "Who blocked",
    description:
      "Which function, in which file and line, in which route, held the event loop longest? Blocked seconds over the dashboard's range, over all instances, worst first. The cause `host` accuses the machine, not the code.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(
          50,
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
    conditional: BLOCKS,
    width: 24,
    height: 9,
  },
  {
    kind: "timeseries",
    title: "Blocked time by place",
    description:
      "Since when does each place block, and how much? The ten worst, share of time over all instances.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: topk(
          10,
          labelled(
            sumBy(["function", "file", "line"], queries.recorded(EVENTLOOP_RULES.siteBlocked)),
            "function",
            NO_PLACE,
          ),
        ),
        legend: "{{function}} {{file}}:{{line}}",
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: BLOCKS,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Blocked time by cause",
    description:
      "Is it the code, a synchronous call, garbage collection or the host? Share of time by cause, summed over the chosen instances.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: sumBy(["cause"], queries.recorded(EVENTLOOP_RULES.instanceCauseBlocked)),
        legend: "{{cause}}",
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: BLOCKS,
    width: 12,
    height: 8,
    stacked: true,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Who waited",
    description:
      "Which routes paid for the blocks of others? Seconds a second added to requests in flight, by the route that was held up; the ten worst.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(10, sumBy(["http_route"], queries.recorded(EVENTLOOP_RULES.routeVictimDelay))),
        legend: "{{http_route}}",
      },
    ],
    noData: "No request waited for somebody else's block.",
    conditional: "requests in flight while the loop is blocked",
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Duration of blocks",
    description:
      "How long do single blocks last? Median and 99th percentile over all instances; the points are exemplars that open the trace of the request that blocked.",
    unit: units.Seconds,
    queries: [
      {
        vector: histogramQuantile(0.5, sumBy(["le"], queries.recorded(EVENTLOOP_RULES.causeBlockBuckets))),
        legend: "p50",
        colour: "blue",
      },
      {
        vector: histogramQuantile(0.99, sumBy(["le"], metrics.bucketRate(EVENTLOOP_METRICS.blockDuration))),
        legend: "p99",
        colour: "vermilion",
        exemplars: true,
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: BLOCKS,
    width: 12,
    height: 8,
    minimum: 0,
  },
];

const outside: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Waiting for a processor",
    description:
      "Is the machine too busy for us? Share of time in which the main thread was ready and had to wait for a processor (Linux).",
    unit: units.PercentUnit,
    queries: [
      { vector: sumBy(["instance"], metrics.rate(RUNTIME_METRICS.runQueueWait)), legend: "{{instance}}" },
    ],
    noData: "Known on Linux only.",
    conditional: "Linux",
    width: 12,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Stopped by the quota",
    description: "Does the container's processor quota stop us? Share of time in which it did.",
    unit: units.PercentUnit,
    queries: [
      { vector: sumBy(["instance"], metrics.rate(RUNTIME_METRICS.cpuThrottled)), legend: "{{instance}}" },
    ],
    noData: "The process runs in no container with a processor quota.",
    conditional: "containers with a processor quota",
    width: 12,
    height: 7,
    minimum: 0,
  },
];

export const EVENT_LOOP: DashboardSpecification = {
  uid: "loopscope-event-loop",
  title: "Event loop and blocking",
  question:
    "What blocks the event loop: which function, file and line, in which route, and who waits for it?",
  variables: VARIABLES,
  rows: [
    { title: "Now", panels: now },
    { title: "Who blocks, and who waits", panels: culprits },
    { title: "Delay and utilization", panels: EVENT_LOOP_DELAY_PANELS },
    { title: "Not the code's fault", panels: outside },
  ],
};

import * as units from "@grafana/grafana-foundation-sdk/units";
import { RUNTIME_METRICS } from "@loopscope/agent/catalog";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import { divide, filter, histogramQuantile, maxBy, minBy, subtract, sumBy } from "../promql/vector.js";
import { EVENTLOOP_RULES } from "../rules/eventloop-recording-rules.js";
import { BY_INSTANCE, dashboardQueries } from "./dashboard-queries.js";
import { NO_AGENT } from "./no-data-texts.js";

const queries = dashboardQueries([]);
const metrics = queries.metrics;

const NO_MAJOR = "Too few major collections yet: the floor and its slope need some.";
const MAJOR = "some major garbage collections";

const floor = maxBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.heapFloor));
const limit = maxBy(BY_INSTANCE, metrics.gauge(RUNTIME_METRICS.heapLimit));
const growing = maxBy(BY_INSTANCE, filter(metrics.gauge(RUNTIME_METRICS.heapGrowth), "> 0"));

const leak: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Heap after major collections",
    description:
      "Is there a leak? What stays in the heap after each major collection: a floor that keeps rising is memory that nobody gives back.",
    unit: units.BytesIEC,
    queries: [{ vector: maxBy(["instance"], floor), legend: "{{instance}}" }],
    noData: NO_MAJOR,
    conditional: MAJOR,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Slope of the floor",
    description:
      "How fast does what stays grow? Bytes a second over the latest major collections; below zero it shrinks.",
    unit: units.BytesPerSecondIEC,
    queries: [
      { vector: maxBy(["instance"], metrics.gauge(RUNTIME_METRICS.heapGrowth)), legend: "{{instance}}" },
    ],
    noData: NO_MAJOR,
    conditional: MAJOR,
    width: 12,
    height: 8,
  },
  {
    kind: "bargauge",
    title: "Time until the limit",
    description:
      "When does V8 give up if the floor goes on rising as it does? Only instances whose floor rises; the limit is --max-old-space-size and its kin.",
    unit: units.Seconds,
    queries: [
      { vector: minBy(["instance"], divide(subtract(limit, floor), growing)), legend: "{{instance}}" },
    ],
    noData: "No heap grows.",
    conditional: "a heap whose floor rises",
    width: 12,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Floor as a share of the limit",
    description: "How much room is left for good? Above 0.8 collections get frequent and long.",
    unit: units.PercentUnit,
    queries: [{ vector: maxBy(["instance"], divide(floor, limit)), legend: "{{instance}}" }],
    noData: NO_MAJOR,
    conditional: MAJOR,
    width: 12,
    height: 7,
    minimum: 0,
    maximum: 1,
    thresholds: [{ value: 0.8, colour: "vermilion" }],
  },
];

const memory: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Heap in use by space",
    description: "What kind of memory is it? Heap in use by V8's space, summed over the chosen instances.",
    unit: units.BytesIEC,
    queries: [
      {
        vector: sumBy(["v8js_heap_space_name"], metrics.gauge(RUNTIME_METRICS.heapUsed)),
        legend: "{{v8js_heap_space_name}}",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    stacked: true,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Heap in use by instance",
    description: "Which instance holds most? The saw's teeth are garbage, its lower edge is what stays.",
    unit: units.BytesIEC,
    queries: [
      { vector: sumBy(["instance"], metrics.gauge(RUNTIME_METRICS.heapUsed)), legend: "{{instance}}" },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Outside the heap",
    description:
      "Is it memory that heap snapshots do not show? Buffers and C++ objects bound to JavaScript objects, summed over the chosen instances.",
    unit: units.BytesIEC,
    queries: [
      {
        vector: sumBy(["job"], metrics.gauge(RUNTIME_METRICS.external)),
        legend: "external {{job}}",
        colour: "blue",
      },
      {
        vector: sumBy(["job"], metrics.gauge(RUNTIME_METRICS.arrayBuffers)),
        legend: "of it buffers {{job}}",
        colour: "orange",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Resident memory",
    description:
      "What does the system see? Resident memory by instance; dashed, the smallest limit of a container among the chosen instances.",
    unit: units.BytesIEC,
    queries: [
      { vector: maxBy(["instance"], metrics.gauge(RUNTIME_METRICS.residentMemory)), legend: "{{instance}}" },
      {
        vector: minBy(["job"], metrics.gauge(RUNTIME_METRICS.memoryLimit)),
        legend: "limit {{job}}",
        colour: "grey",
        dashed: true,
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
];

const collections: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Time in collections by kind",
    description:
      "How much of the time goes to garbage collection, and to which kind? Seconds a second summed over the chosen instances; every collection is counted.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: sumBy(["v8js_gc_type"], metrics.sumRate(RUNTIME_METRICS.gcDuration)),
        legend: "{{v8js_gc_type}}",
      },
    ],
    noData: "No collection in this range.",
    width: 12,
    height: 8,
    stacked: true,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Collections by kind",
    description: "How often is garbage collected? Collections a second, summed over the chosen instances.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(["v8js_gc_type"], metrics.countRate(RUNTIME_METRICS.gcDuration)),
        legend: "{{v8js_gc_type}}",
      },
    ],
    noData: "No collection in this range.",
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Pause p99 by kind",
    description:
      "How long does a collection stop the program? 99th percentile over all instances, from 0.1 ms.",
    unit: units.Seconds,
    queries: [
      {
        vector: histogramQuantile(
          0.99,
          sumBy(["v8js_gc_type", "le"], queries.recorded(EVENTLOOP_RULES.gcBuckets)),
        ),
        legend: "{{v8js_gc_type}}",
      },
    ],
    noData: "No collection in this range.",
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Share of time by instance",
    description:
      "Which instance suffers? Above 0.1 the heap is nearly full, or the service allocates very fast.",
    unit: units.PercentUnit,
    queries: [
      { vector: sumBy(["instance"], metrics.sumRate(RUNTIME_METRICS.gcDuration)), legend: "{{instance}}" },
    ],
    noData: "No collection in this range.",
    width: 12,
    height: 8,
    minimum: 0,
    thresholds: [{ value: 0.1, colour: "vermilion" }],
  },
];

export const MEMORY: DashboardSpecification = {
  uid: "loopscope-memory",
  title: "Memory and garbage collection",
  question: "Does memory leak, when does it run out, and what does collecting garbage cost?",
  variables: [],
  rows: [
    { title: "Is there a leak?", panels: leak },
    { title: "Where the memory is", panels: memory },
    { title: "Garbage collection", panels: collections },
  ],
  from: "now-6h",
};

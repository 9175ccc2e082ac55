/** Work: queues in front of workers. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { WORK_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { divide, histogramQuantile, maxBy, sumBy } from "../promql/vector.js";
import { WORK_RULES } from "../rules/work-recording-rules.js";
import { BY_INSTANCE, dashboardQueries } from "./dashboard-queries.js";
import { NO_QUEUE } from "./no-data-texts.js";

const queries = dashboardQueries(["queue", "pool"]);
const metrics = queries.metrics;
const CONDITION = "a monitored queue";
const BY_QUEUE = [...BY_INSTANCE, "queue"] as const;
const waitBuckets = sumBy(["queue", "le"], queries.recorded(WORK_RULES.queueWaitBuckets));
const taskBuckets = sumBy(["queue", "le"], queries.recorded(WORK_RULES.taskDurationBuckets));

const common = { noData: NO_QUEUE, conditional: CONDITION, width: 8, height: 8, minimum: 0 } as const;

export const QUEUE_PANELS: readonly PanelSpecification[] = [
  {
    ...common,
    kind: "timeseries",
    title: "Tasks waiting",
    description: "Does work pile up? Tasks waiting, by queue, over the chosen instances.",
    unit: units.Short,
    queries: [{ vector: sumBy(["queue"], metrics.gauge(WORK_METRICS.queueLength)), legend: "{{queue}}" }],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Fill",
    description:
      "How near is a queue to pushing back? Tasks waiting as a share of the capacity, at the fullest instance; unbounded queues have none.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: maxBy(
          ["queue"],
          divide(
            sumBy(BY_QUEUE, metrics.gauge(WORK_METRICS.queueLength)),
            sumBy(BY_QUEUE, metrics.gauge(WORK_METRICS.queueCapacity)),
          ),
        ),
        legend: "{{queue}}",
      },
    ],
    maximum: 1,
    thresholds: [{ value: 0.8, colour: "vermilion" }],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Active workers",
    description: "Are all workers busy? Workers with a task, by queue, over the chosen instances.",
    unit: units.Short,
    queries: [
      { vector: sumBy(["queue"], metrics.gauge(WORK_METRICS.queueActiveWorkers)), legend: "{{queue}}" },
    ],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Wait",
    description: "How long does a task wait before a worker takes it? Median and 95th percentile, by queue.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.5, waitBuckets), legend: "p50 {{queue}}" },
      { vector: histogramQuantile(0.95, waitBuckets), legend: "p95 {{queue}}" },
    ],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Time a task takes",
    description: "Did tasks become slower? Median and 95th percentile, by queue.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.5, taskBuckets), legend: "p50 {{queue}}" },
      { vector: histogramQuantile(0.95, taskBuckets), legend: "p95 {{queue}}" },
    ],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Tasks by outcome",
    description:
      "How many tasks end, and how: done, failed, timed out, rejected? A second, over the chosen instances.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(["queue", "outcome"], metrics.rate(WORK_METRICS.tasks, { outcome: '="ok"' })),
        legend: "{{queue}} {{outcome}}",
        colour: "blue",
      },
      {
        vector: sumBy(["queue", "outcome"], metrics.rate(WORK_METRICS.tasks, { outcome: '!="ok"' })),
        legend: "{{queue}} {{outcome}}",
        colour: "vermilion",
      },
    ],
  },
];

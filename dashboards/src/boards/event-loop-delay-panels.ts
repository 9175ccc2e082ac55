/** Event loop and blocking: the delay that every callback meets, and what the agent itself costs. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { AGENT_METRICS, EVENTLOOP_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, maxBy, sumBy } from "../promql/vector.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_AGENT } from "./no-data-texts.js";

const { metrics } = dashboardQueries(["route"]);
const delayBuckets = sumBy(["le"], metrics.bucketRate(EVENTLOOP_METRICS.delay));

export const EVENT_LOOP_DELAY_PANELS: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Delay",
    description:
      "How long does a callback that becomes ready at a random moment have to wait? Over the chosen instances, weighted by time: a block of 2 s counts 2 s, not once.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.5, delayBuckets), legend: "p50", colour: "blue" },
      { vector: histogramQuantile(0.99, delayBuckets), legend: "p99", colour: "orange" },
      { vector: histogramQuantile(0.999, delayBuckets), legend: "p99.9", colour: "vermilion" },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "heatmap",
    title: "Delay, all of it",
    description:
      "Is the delay spread out, or are there two kinds of moments? Share of time by delay: the stronger, the more, and rare ones can be seen, too.",
    unit: units.Seconds,
    queries: [{ vector: delayBuckets, legend: "{{le}}" }],
    noData: NO_AGENT,
    width: 12,
    height: 8,
  },
  {
    kind: "timeseries",
    title: "Delay p99 by instance",
    description: "Is it one instance or all of them? The exact 99th percentile over the last minute.",
    unit: units.Seconds,
    queries: [
      { vector: maxBy(["instance"], metrics.gauge(EVENTLOOP_METRICS.delayP99)), legend: "{{instance}}" },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Utilization by instance",
    description:
      "How much of its time is each event loop active? High utilization with little blocked time means many short callbacks.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: sumBy(
          ["instance"],
          metrics.rate(EVENTLOOP_METRICS.time, { nodejs_eventloop_state: '="active"' }),
        ),
        legend: "{{instance}}",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 8,
    minimum: 0,
    maximum: 1,
  },
  {
    kind: "timeseries",
    title: "The agent's own cost",
    description:
      "What does watching cost? Processor time of the watchdog thread, and time that rendering scrapes took, cores over the chosen instances.",
    unit: units.Short,
    queries: [
      {
        vector: sumBy(["job"], metrics.rate(AGENT_METRICS.watchdogCpu)),
        legend: "watchdog {{job}}",
        colour: "blue",
      },
      {
        vector: sumBy(["job"], metrics.sumRate(AGENT_METRICS.renderDuration)),
        legend: "scrapes {{job}}",
        colour: "orange",
      },
    ],
    noData: NO_AGENT,
    width: 12,
    height: 7,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "The agent's own troubles",
    description:
      "Is anything missing from these figures? Errors that the agent caught, and observations that it folded together or left out because a bound was reached, a second.",
    unit: units.Short,
    queries: [
      { vector: sumBy(["part"], metrics.rate(AGENT_METRICS.errors)), legend: "error in {{part}}" },
      { vector: sumBy(["part"], metrics.rate(AGENT_METRICS.dropped)), legend: "left out by {{part}}" },
    ],
    noData: "No error, nothing left out.",
    conditional: "errors of the agent, or a bound reached",
    width: 12,
    height: 7,
    minimum: 0,
  },
];

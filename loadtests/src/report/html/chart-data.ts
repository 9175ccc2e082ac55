/** From a run's timeline to the charts of its report. */

import { SHORTEST_INTERVAL_MS } from "../../measure/interval-length.js";
import type { RunDocument } from "../run-document.js";
import type { ClientSecond, RunTimeline } from "../run-timeline.js";
import { type ChartPlan, chartsFrom } from "./chart-plan.js";
import type { PageChart, PageLimit } from "./page/page-data.js";
import { targetCharts } from "./target-charts.js";

const CLIENT_CHARTS: readonly ChartPlan<ClientSecond>[] = [
  {
    id: "latency",
    title: "Client latency",
    description: "Latency of the requests that ended in each second: p50, p95 and p99.",
    unit: "ms",
    marks: true,
    lines: [
      { label: "p50", colour: 0, pick: (second) => second.p50Ms },
      { label: "p95", colour: 1, pick: (second) => second.p95Ms },
      { label: "p99", colour: 2, pick: (second) => second.p99Ms },
    ],
  },
  {
    id: "throughput",
    title: "Throughput",
    description: "Requests answered and failed in each second.",
    unit: "per second",
    lines: [
      { label: "answered", colour: 3, style: "area", pick: (second) => second.completedPerSecond },
      { label: "failed", colour: 2, pick: (second) => second.failedPerSecond },
      {
        label: "dropped",
        colour: 5,
        style: "dashed",
        onlyIfAny: true,
        pick: (second) => second.droppedPerSecond,
      },
    ],
  },
];

/** Charts in the order in which the page shows them; those without data are left out. */
export function chartsOf(document: RunDocument, timeline: RunTimeline): readonly PageChart[] {
  const startedAt = timeline.startedAt ?? Date.parse(document.startedAt);
  const target = timeline.target.filter((second) => second.at > startedAt);
  return [
    ...chartsFrom(CLIENT_CHARTS, wholeSeconds(timeline.client), startedAt, latencyLimits(document)),
    ...chartsFrom(targetCharts(target), target, startedAt, []),
  ];
}

/** The few milliseconds that are left at a run's end would look like a fall of everything. */
function wholeSeconds(seconds: readonly ClientSecond[]): readonly ClientSecond[] {
  const last = seconds.at(-1);
  return last !== undefined && seconds.length > 1 && last.durationMs < SHORTEST_INTERVAL_MS
    ? seconds.slice(0, -1)
    : seconds;
}

/** Upper limits on latency that the thresholds set, for all requests. */
function latencyLimits(document: RunDocument): readonly PageLimit[] {
  return document.thresholds.flatMap((threshold) => {
    const match = /^\s*(p\([^)]*\)|max|med|avg)\s*<=?\s*([0-9.eE+]+)\s*$/.exec(threshold.expression);
    const value = Number(match?.[2]);
    const isLatency = threshold.metric === "http_req_duration" || threshold.metric === "response_time";
    return match !== null && isLatency && Number.isFinite(value)
      ? [{ label: threshold.expression, value }]
      : [];
  });
}

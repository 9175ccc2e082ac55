/** From the timeline to the charts of the page: which lines, in which unit, thinned where a run is long. */

import type { RunDocument } from "../run-document.js";
import type { ClientSecond, RunTimeline, TargetSecond } from "../run-timeline.js";
import type { PageChart, PageLimit, PageLine, PageUnit } from "./page/page-data.js";
import { mostOf, rounded, thinned } from "./thinned-series.js";

/** A line as it is read off a second. */
interface LinePlan<Second> {
  readonly label: string;
  /** Index into the page's palette. */
  readonly colour: number;
  readonly style?: PageLine["style"];
  readonly pick: (second: Second) => number | null;
  /** True: left out where it is nothing but zero. */
  readonly onlyIfAny?: boolean;
}

interface ChartPlan<Second> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly unit: PageUnit;
  readonly lines: readonly LinePlan<Second>[];
  readonly marks?: boolean;
}

const MIB = 2 ** 20;
const MOST_WAITS = 6;
const SHORT_INTERVAL_MS = 300;

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

const TARGET_CHARTS: readonly ChartPlan<TargetSecond>[] = [
  {
    id: "eventloop",
    title: "Event-loop delay",
    description: "How long a callback that is ready waits for its turn: p50, p99 and longest.",
    unit: "ms",
    marks: true,
    lines: [
      { label: "max", colour: 6, style: "dashed", pick: (second) => second.delayMaxMs },
      { label: "p99", colour: 2, pick: (second) => second.delayP99Ms },
      { label: "p50", colour: 0, pick: (second) => second.delayP50Ms },
    ],
  },
  {
    id: "utilization",
    title: "Event-loop utilization and CPU",
    description:
      "Share of each second in which the event loop was busy; the process's CPU time, 100 % is one core.",
    unit: "%",
    lines: [
      { label: "loop busy", colour: 3, style: "area", pick: (second) => 100 * second.utilization },
      { label: "CPU", colour: 5, style: "dashed", pick: (second) => 100 * second.cpuCores },
    ],
  },
  {
    id: "memory",
    title: "Memory",
    description: "Resident memory, heap in use, and what is left of it after each major collection.",
    unit: "MiB",
    lines: [
      { label: "resident", colour: 6, pick: (second) => second.rssBytes / MIB },
      { label: "heap used", colour: 0, pick: (second) => second.heapUsedBytes / MIB },
      {
        label: "heap floor",
        colour: 1,
        style: "dashed",
        onlyIfAny: true,
        pick: (second) => (second.heapFloorBytes === null ? null : second.heapFloorBytes / MIB),
      },
    ],
  },
  {
    id: "gc",
    title: "Garbage collection",
    description: "How long collections stopped the program in each second.",
    unit: "ms",
    lines: [{ label: "pauses", colour: 5, style: "bars", pick: (second) => second.gcPauseMs }],
  },
];

/** Charts in the order in which the page shows them; those without data are left out. */
export function chartsOf(document: RunDocument, timeline: RunTimeline): readonly PageChart[] {
  const startedAt = timeline.startedAt ?? Date.parse(document.startedAt);
  const target = timeline.target.filter((second) => second.at > startedAt);
  const plans = [...TARGET_CHARTS, ...waitPlans(target)];
  return [
    ...chartsFrom(CLIENT_CHARTS, wholeSeconds(timeline.client), startedAt, latencyLimits(document)),
    ...chartsFrom(plans, target, startedAt, []),
  ];
}

/** The few milliseconds that are left at a run's end would look like a fall of everything. */
function wholeSeconds(seconds: readonly ClientSecond[]): readonly ClientSecond[] {
  const last = seconds.at(-1);
  return last !== undefined && seconds.length > 1 && last.durationMs < SHORT_INTERVAL_MS
    ? seconds.slice(0, -1)
    : seconds;
}

function chartsFrom<Second extends { readonly at: number }>(
  plans: readonly ChartPlan<Second>[],
  all: readonly Second[],
  startedAt: number,
  limits: readonly PageLimit[],
): readonly PageChart[] {
  const groups = thinned(all);
  const seconds = groups.map((group) => rounded(Math.max(0, ((group.at(-1)?.at ?? 0) - startedAt) / 1000)));
  return plans.flatMap((plan) => {
    const lines = plan.lines.flatMap((line): readonly PageLine[] => {
      const values = mostOf(groups, line.pick);
      const any = values.some((value) => value !== null && (value > 0 || line.onlyIfAny !== true));
      return any ? [{ label: line.label, values, colour: line.colour % 8, style: line.style ?? "line" }] : [];
    });
    if (lines.length === 0) return [];
    const { id, title, description, unit } = plan;
    const own = id === "latency" ? limits : [];
    return [{ id, title, description, unit, seconds, lines, limits: own, marks: plan.marks ?? false }];
  });
}

/** Queues and pools have names that only the run knows. */
function waitPlans(seconds: readonly TargetSecond[]): readonly ChartPlan<TargetSecond>[] {
  const pools = namesOf(seconds.map((second) => second.pools));
  const queues = namesOf(seconds.map((second) => second.queues));
  const pool = (second: TargetSecond, name: string): TargetSecond["pools"][number] | undefined =>
    second.pools.find((candidate) => candidate.name === name);
  const queue = (second: TargetSecond, name: string): TargetSecond["queues"][number] | undefined =>
    second.queues.find((candidate) => candidate.name === name);
  const lengths: readonly LinePlan<TargetSecond>[] = [
    ...pools.map((name, colour) => ({
      label: name,
      colour,
      pick: (second: TargetSecond) => pool(second, name)?.pending ?? null,
    })),
    ...queues.map((name, index) => ({
      label: name,
      colour: pools.length + index,
      pick: (second: TargetSecond) => queue(second, name)?.length ?? null,
    })),
  ];
  const waits: readonly LinePlan<TargetSecond>[] = [
    ...pools.map((name, colour) => ({
      label: name,
      colour,
      pick: (second: TargetSecond) => pool(second, name)?.wait.p95Ms ?? null,
    })),
    ...queues.map((name, index) => ({
      label: name,
      colour: pools.length + index,
      pick: (second: TargetSecond) => queue(second, name)?.wait.p95Ms ?? null,
    })),
    { label: "thread pool", colour: 7, pick: (second) => second.threadPoolDelayMs },
  ];
  return [
    {
      id: "waiting",
      title: "Queues and pools",
      description: "How many wait in each queue and for each pool.",
      unit: "count",
      lines: lengths,
    },
    {
      id: "waits",
      title: "Waits before work begins",
      description: "Wait for pools and queues (p95), and for a free thread of libuv's pool.",
      unit: "ms",
      lines: waits,
    },
  ];
}

function namesOf(perSecond: readonly (readonly { readonly name: string }[])[]): readonly string[] {
  return [...new Set(perSecond.flatMap((entries) => entries.map(({ name }) => name)))].slice(0, MOST_WAITS);
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

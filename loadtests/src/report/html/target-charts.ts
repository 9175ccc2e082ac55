/** The charts of what the agent saw: event loop, memory, garbage collection, queues and pools. */

import type { TargetSecond } from "../run-timeline.js";
import type { ChartPlan, LinePlan } from "./chart-plan.js";

const MIB = 2 ** 20;
const MOST_WAITS = 6;

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

/** In the order in which pages show them; queues and pools are those that the seconds name. */
export function targetCharts(seconds: readonly TargetSecond[]): readonly ChartPlan<TargetSecond>[] {
  return [...TARGET_CHARTS, ...waitPlans(seconds)];
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

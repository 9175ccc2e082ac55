/** From the timeline to the charts of the page: which lines, in which unit, thinned where a run is long. */

import type { RunDocument } from "../run-document.js";
import type { ClientSecond, RunTimeline, TargetSecond } from "../run-timeline.js";
import type { PageChart, PageLimit, PageLine, PageUnit } from "./page/page-data.js";
import { mostOf, rounded, thinned } from "./thinned-series.js";

const MIB = 2 ** 20;
const MOST_WAITS = 6;

/** Charts in the order in which the page shows them; those without data are left out. */
export function chartsOf(document: RunDocument, timeline: RunTimeline): readonly PageChart[] {
  const startedAt = timeline.startedAt ?? Date.parse(document.startedAt);
  const client = thinned(timeline.client);
  const target = thinned(timeline.target.filter((second) => second.at > startedAt));
  const clientAxis = client.map((group) => rounded(Math.max(0, (last(group).at - startedAt) / 1000)));
  const targetAxis = target.map((group) => rounded(Math.max(0, (last(group).at - startedAt) / 1000)));
  return [
    ...(client.length === 0 ? [] : clientCharts(document, client, clientAxis)),
    ...(target.length === 0 ? [] : targetCharts(target, targetAxis)),
  ];
}

type Group<Second> = readonly Second[];

function clientCharts(
  document: RunDocument,
  groups: readonly Group<ClientSecond>[],
  seconds: readonly number[],
): readonly PageChart[] {
  const most = (pick: (second: ClientSecond) => number | null): (number | null)[] => mostOf(groups, pick);
  const from = document.client.model === "open" ? "from when each request was due" : "from the send";
  const dropped = most((second) => second.droppedPerSecond);
  return [
    chart(
      "latency",
      "Client latency",
      `Latency each second, ${from}: p50, p95 and p99.`,
      "ms",
      seconds,
      [
        line(
          "p50",
          most((second) => second.p50Ms),
          0,
        ),
        line(
          "p95",
          most((second) => second.p95Ms),
          1,
        ),
        line(
          "p99",
          most((second) => second.p99Ms),
          2,
        ),
      ],
      { limits: latencyLimits(document), marks: true },
    ),
    chart("throughput", "Throughput", "Requests answered and failed each second.", "per second", seconds, [
      line(
        "answered",
        most((second) => second.completedPerSecond),
        3,
        { style: "area" },
      ),
      line(
        "failed",
        most((second) => second.failedPerSecond),
        2,
      ),
      ...(dropped.some((value) => value !== null && value > 0)
        ? [line("dropped", dropped, 5, { style: "dashed" })]
        : []),
    ]),
  ];
}

function targetCharts(
  groups: readonly Group<TargetSecond>[],
  seconds: readonly number[],
): readonly PageChart[] {
  const most = (pick: (second: TargetSecond) => number | null): (number | null)[] => mostOf(groups, pick);
  return [
    chart(
      "eventloop",
      "Event-loop delay",
      "How long a callback that is ready waits for its turn: p50, p99 and longest.",
      "ms",
      seconds,
      [
        line(
          "p50",
          most((second) => second.delayP50Ms),
          0,
        ),
        line(
          "p99",
          most((second) => second.delayP99Ms),
          2,
        ),
        line(
          "max",
          most((second) => second.delayMaxMs),
          6,
          { style: "dashed" },
        ),
      ],
      { marks: true },
    ),
    chart(
      "utilization",
      "Event-loop utilization and CPU",
      "Share of each second in which the event loop was busy, and the process's use of one core.",
      "%",
      seconds,
      [
        line(
          "loop busy",
          most((second) => 100 * second.utilization),
          3,
          { style: "area" },
        ),
        line(
          "CPU",
          most((second) => Math.min(100, 100 * second.cpuCores)),
          5,
          { style: "dashed" },
        ),
      ],
    ),
    chart(
      "memory",
      "Memory and garbage collection",
      "Resident memory, heap used, and the pause of garbage collections each second.",
      "MiB",
      seconds,
      [
        line(
          "resident",
          most((second) => second.rssBytes / MIB),
          6,
        ),
        line(
          "heap used",
          most((second) => second.heapUsedBytes / MIB),
          0,
        ),
        line(
          "heap floor",
          most((second) => (second.heapFloorBytes === null ? null : second.heapFloorBytes / MIB)),
          4,
          { style: "dashed" },
        ),
        line(
          "GC pause",
          most((second) => second.gcPauseMs),
          5,
          { side: "right", style: "bars" },
        ),
      ],
      { rightUnit: "ms" },
    ),
    ...waitCharts(groups, seconds),
  ];
}

function waitCharts(
  groups: readonly Group<TargetSecond>[],
  seconds: readonly number[],
): readonly PageChart[] {
  const pools = namesOf(groups, (second) => second.pools);
  const queues = namesOf(groups, (second) => second.queues);
  const delay = mostOf(groups, (second) => second.threadPoolDelayMs);
  const lengths: readonly PageLine[] = [
    ...pools.map((name, index) =>
      line(
        `${name} waiting`,
        mostOf(groups, (second) => second.pools.find((pool) => pool.name === name)?.pending ?? null),
        index,
      ),
    ),
    ...queues.map((name, index) =>
      line(
        `${name} length`,
        mostOf(groups, (second) => second.queues.find((queue) => queue.name === name)?.length ?? null),
        pools.length + index,
      ),
    ),
  ];
  const waits: readonly PageLine[] = [
    ...pools.map((name, index) =>
      line(
        `${name} wait`,
        mostOf(groups, (second) => second.pools.find((pool) => pool.name === name)?.wait.p95Ms ?? null),
        index,
      ),
    ),
    ...queues.map((name, index) =>
      line(
        `${name} wait`,
        mostOf(groups, (second) => second.queues.find((queue) => queue.name === name)?.wait.p95Ms ?? null),
        pools.length + index,
      ),
    ),
    ...(delay.some((value) => value !== null) ? [line("thread pool", delay, 7)] : []),
  ];
  const charts = [
    chart(
      "waiting",
      "Queues and pools",
      "How many wait in each queue and for each pool.",
      "count",
      seconds,
      lengths.slice(0, MOST_WAITS),
    ),
    chart(
      "waits",
      "Waits before work begins",
      "Wait for pools and queues (p95) and for a free thread of libuv's pool.",
      "ms",
      seconds,
      waits.slice(0, MOST_WAITS + 1),
    ),
  ];
  return charts.filter((candidate) => candidate.lines.length > 0);
}

function namesOf(
  groups: readonly Group<TargetSecond>[],
  pick: (second: TargetSecond) => readonly { readonly name: string }[],
): readonly string[] {
  return [...new Set(groups.flatMap((group) => pick(last(group)).map(({ name }) => name)))].slice(
    0,
    MOST_WAITS,
  );
}

/** Upper limits on latency that the thresholds set. */
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

function chart(
  id: string,
  title: string,
  description: string,
  unit: PageUnit,
  seconds: readonly number[],
  lines: readonly PageLine[],
  more: { limits?: readonly PageLimit[]; marks?: boolean; rightUnit?: PageUnit } = {},
): PageChart {
  return {
    id,
    title,
    description,
    unit,
    rightUnit: more.rightUnit ?? null,
    seconds,
    lines,
    limits: more.limits ?? [],
    marks: more.marks ?? false,
  };
}

function line(
  label: string,
  values: readonly (number | null)[],
  colour: number,
  more: Partial<Pick<PageLine, "side" | "style">> = {},
): PageLine {
  return { label, values, colour: colour % 8, side: more.side ?? "left", style: more.style ?? "line" };
}

function last<Second>(group: Group<Second>): Second {
  return group[group.length - 1] as Second;
}

/** The charts of a running service: what its clients meet, as the agent saw it, above the usual ones. */

import type { Frame } from "@loopscope/agent/catalog";
import { type TargetSecond, targetSecond } from "../run-timeline.js";
import { type ChartPlan, chartsFrom } from "./chart-plan.js";
import type { PageChart } from "./page/page-data.js";
import { targetCharts } from "./target-charts.js";

interface LiveSecond extends TargetSecond {
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly latencyP99Ms: number | null;
}

/** Frames further apart than so many windows have a hole between them: the service was away. */
const HOLE_WINDOWS = 2.5;

const SERVICE_CHARTS: readonly ChartPlan<LiveSecond>[] = [
  {
    id: "latency",
    title: "Latency",
    description: "Time from request to answer within the service, of the requests that ended in each second.",
    unit: "ms",
    marks: true,
    lines: [
      { label: "p50", colour: 0, pick: (second) => second.latencyP50Ms },
      { label: "p95", colour: 1, pick: (second) => second.latencyP95Ms },
      { label: "p99", colour: 2, pick: (second) => second.latencyP99Ms },
    ],
  },
  {
    id: "throughput",
    title: "Throughput",
    description: "Requests answered in each second, and those of them that failed.",
    unit: "per second",
    lines: [
      { label: "answered", colour: 3, style: "area", pick: (second) => second.requestsPerSecond },
      { label: "errors", colour: 2, pick: (second) => second.errorsPerSecond },
    ],
  },
];

/**
 * @param frames oldest first, also of several processes one after the other.
 * @param originMs second 0 of the time axis, epoch milliseconds.
 */
export function liveCharts(frames: readonly Frame[], originMs: number): readonly PageChart[] {
  const seconds = frames.map(liveSecond);
  const charts = chartsFrom([...SERVICE_CHARTS, ...targetCharts(seconds)], seconds, originMs, []);
  const holes = seconds.flatMap((second, index) => {
    const previous = seconds[index - 1];
    const isHole = previous !== undefined && second.at - previous.at > HOLE_WINDOWS * second.windowMs;
    return isHole ? [index] : [];
  });
  return charts.map((chart) => withHoles(chart, holes));
}

/** @param holes indices of the seconds before which nothing is known: the lines are broken there. */
function withHoles(chart: PageChart, holes: readonly number[]): PageChart {
  if (holes.length === 0) return chart;
  const opened = <Value>(values: readonly Value[], hole: (index: number) => Value): Value[] =>
    values.flatMap((value, index) => (holes.includes(index) ? [hole(index), value] : [value]));
  return {
    ...chart,
    seconds: opened(
      chart.seconds,
      (index) => ((chart.seconds[index - 1] ?? 0) + (chart.seconds[index] ?? 0)) / 2,
    ),
    lines: chart.lines.map((line) => ({ ...line, values: opened(line.values, () => null) })),
  };
}

function liveSecond(frame: Frame): LiveSecond {
  const { http, windowMs } = frame;
  const perSecond = (count: number): number => (windowMs > 0 ? (count * 1000) / windowMs : 0);
  return {
    ...targetSecond(frame),
    requestsPerSecond: perSecond(http.requests),
    errorsPerSecond: perSecond(http.errors),
    latencyP50Ms: http.duration.p50Ms,
    latencyP95Ms: http.duration.p95Ms,
    latencyP99Ms: http.duration.p99Ms,
  };
}

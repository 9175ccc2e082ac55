/** Six charts of the last five minutes on one shared cursor. */

import uPlot from "uplot";
import type { PageFigures } from "./figures-message.js";

/** Five minutes at one frame a second: the page's memory does not grow with its age. */
const KEPT_FRAMES = 300;
const HEIGHT_PX = 180;
const MEBIBYTE = 1024 * 1024;

interface Line {
  readonly label: string;
  readonly color: string;
  readonly value: (figures: PageFigures) => number | null;
}

interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
}

const BLUE = "#2f6fb3";
const ORANGE = "#c4671a";

const CHARTS: readonly Chart[] = [
  { title: "CPU (cores)", lines: [{ label: "used", color: BLUE, value: (now) => now.cpuCores }] },
  {
    title: "Memory (MiB)",
    lines: [
      { label: "resident", color: BLUE, value: (now) => now.rssBytes / MEBIBYTE },
      { label: "heap", color: ORANGE, value: (now) => now.heapUsedBytes / MEBIBYTE },
    ],
  },
  {
    title: "Event-loop delay (ms)",
    lines: [
      { label: "p99", color: BLUE, value: (now) => now.eventLoopDelayP99Ms },
      { label: "max", color: ORANGE, value: (now) => now.eventLoopDelayMaxMs },
    ],
  },
  {
    title: "Requests a second",
    lines: [{ label: "rate", color: BLUE, value: (now) => now.requestsPerSecond }],
  },
  { title: "Request p95 (ms)", lines: [{ label: "p95", color: BLUE, value: (now) => now.requestP95Ms }] },
  {
    title: "WebSocket connections",
    lines: [{ label: "open", color: BLUE, value: (now) => now.connections }],
  },
];

/** @returns a function that draws one more second. */
export function createCharts(parent: HTMLElement): { append(figures: PageFigures): void } {
  const frames: PageFigures[] = [];
  const plots = CHARTS.map((chart) => ({ chart, ...createPanel(chart, parent) }));
  new ResizeObserver(() => {
    for (const { plot } of plots) plot.setSize({ width: chartWidth(plot.root), height: HEIGHT_PX });
  }).observe(parent);
  return {
    append: (figures) => {
      frames.push(figures);
      if (frames.length > KEPT_FRAMES) frames.shift();
      const times = frames.map((frame) => frame.at / 1000);
      for (const { chart, plot, latest } of plots) {
        latest.textContent = chart.lines.map((line) => inWords(line, figures)).join(", ");
        plot.setData([times, ...chart.lines.map((line) => frames.map(line.value))]);
      }
    },
  };
}

function inWords({ label, value }: Line, figures: PageFigures): string {
  const now = value(figures);
  if (now === null) return `${label} -`;
  return `${label} ${now.toLocaleString(undefined, { maximumSignificantDigits: 3 })}`;
}

function createPanel(chart: Chart, parent: HTMLElement): { plot: uPlot; latest: HTMLElement } {
  const panel = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = chart.title;
  const latest = document.createElement("output");
  panel.append(heading, latest);
  parent.append(panel);
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: "#8884", width: 1 } };
  const options: uPlot.Options = {
    width: chartWidth(panel),
    height: HEIGHT_PX,
    cursor: { sync: { key: "seconds" } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [axis, { ...axis, size: 56 }],
    series: [
      {},
      ...chart.lines.map(({ label, color }) => ({ label, stroke: color, width: 2, points: { show: false } })),
    ],
  };
  return { plot: new uPlot(options, [[], ...chart.lines.map(() => [])], panel), latest };
}

function chartWidth(panel: Element): number {
  return Math.max(200, (panel.closest("section") ?? panel).clientWidth - 24);
}

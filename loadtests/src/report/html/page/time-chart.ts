/** One chart on the shared time axis, by uPlot: lines with their names beside them, limits, blocks. */

import uPlot from "uplot";
import { formatTick, formatValue } from "./axis-format.js";
import { blockAt, drawBlocks } from "./block-marks.js";
import { drawLimits, drawLineNames } from "./line-names.js";
import type { PageBlock, PageChart, PageLine, PageUnit } from "./page-data.js";
import { lineColour, themeColour, translucent } from "./palette.js";

/** What all charts of a page have in common. */
export interface TimeChartSurroundings {
  /** Right end of the time axis before anything is zoomed, seconds. */
  readonly durationSeconds: number;
  /** The blocks to mark, asked for at each drawing. */
  blocks(): readonly PageBlock[];
  /** A second of the time axis, in words. */
  formatTime(second: number): string;
  /** The visible part of the time axis changed, seconds. */
  onRange(from: number, to: number): void;
  onBlock(block: PageBlock): void;
}

/** Room at the right of the lines for their names, CSS pixels. */
const NAME_ROOM_PX = 84;
const HEIGHT_PX = 210;
/** Steps of the time axis, seconds: where a clock has its marks. */
const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

export function createTimeChart(
  chart: PageChart,
  container: HTMLElement,
  surroundings: TimeChartSurroundings,
): uPlot {
  const { durationSeconds, formatTime } = surroundings;
  const options: uPlot.Options = {
    width: widthOf(container),
    height: HEIGHT_PX,
    padding: [14, NAME_ROOM_PX, 0, 4],
    cursor: {
      sync: { key: "loopscope", scales: ["x", null] },
      drag: { x: true, y: false, setScale: true },
      points: { size: 6 },
      bind: { dblclick: () => null },
    },
    legend: { live: true, markers: { width: 3 } },
    scales: {
      x: { time: false, range: (_plot, min, max) => [min ?? 0, max ?? durationSeconds] },
      left: {
        range: (_plot, _min, max) =>
          fromZero(
            max,
            chart.unit,
            chart.limits.map(({ value }) => value),
          ),
      },
    },
    axes: axesOf(chart, formatTime),
    series: [
      { label: "time", value: (_plot, value) => (value === null ? "–" : formatTime(value)) },
      ...chart.lines.map((line) => seriesOf(line, chart)),
    ],
    hooks: {
      drawClear: [(plot) => drawBlocks(plot, surroundings.blocks(), chart.marks)],
      draw: [
        (plot) => drawLimits(plot, chart.limits),
        (plot) => drawLineNames(plot, chart.lines, NAME_ROOM_PX),
      ],
      setScale: [
        (plot, key) => {
          const { min, max } = plot.scales[key] ?? {};
          if (key === "x" && typeof min === "number" && typeof max === "number")
            surroundings.onRange(min, max);
        },
      ],
    },
  };
  const plot = new uPlot(options, chartData(chart), container);
  plot.setScale("x", { min: 0, max: durationSeconds });
  plot.over.addEventListener("click", (click) => {
    const block = blockAt(plot, surroundings.blocks(), click.offsetX);
    if (block !== null) surroundings.onBlock(block);
  });
  return plot;
}

/** A chart's values as uPlot wants them. */
export function chartData(chart: PageChart): uPlot.AlignedData {
  return [[...chart.seconds], ...chart.lines.map((line) => [...line.values])];
}

/** Charts take the width that their figure has; called when that changes. */
export function fitWidth(plot: uPlot, container: HTMLElement): void {
  plot.setSize({ width: widthOf(container), height: HEIGHT_PX });
}

function widthOf(container: HTMLElement): number {
  return Math.max(240, Math.floor(container.clientWidth));
}

/** From zero, because a cut axis makes noise look like drama; up to a little over the largest. */
function fromZero(max: number | null, unit: PageUnit | null, limits: readonly number[]): [number, number] {
  if (unit === "%") return [0, Math.max(100, max ?? 0)];
  const top = Math.max(max ?? 0, ...limits.filter((limit) => limit <= (max ?? 0) * 3));
  return [0, top > 0 ? top * 1.08 : 1];
}

function axesOf(chart: PageChart, formatTime: (second: number) => string): uPlot.Axis[] {
  const shared = {
    stroke: () => themeColour("faint"),
    grid: { stroke: () => themeColour("grid"), width: 1 },
    ticks: { stroke: () => themeColour("grid"), width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
    labelFont: "11px system-ui, sans-serif",
  };
  const values = (_plot: uPlot, ticks: number[]): string[] => ticks.map(formatTick);
  return [
    {
      ...shared,
      space: 60,
      size: 28,
      incrs: TIME_STEPS,
      values: (_plot, ticks) => ticks.map(formatTime),
    },
    { ...shared, scale: "left", size: 52, label: chart.unit, labelSize: 16, labelGap: 0, values },
  ];
}

function seriesOf(line: PageLine, chart: PageChart): uPlot.Series {
  const bars = line.style === "bars" ? uPlot.paths.bars?.({ size: [0.7, 12] }) : undefined;
  return {
    label: line.label,
    scale: "left",
    stroke: () => lineColour(line.colour),
    width: line.style === "bars" ? 0 : 1.75,
    ...(line.style === "dashed" ? { dash: [5, 4] } : {}),
    ...(line.style === "area" || line.style === "bars"
      ? { fill: () => translucent(lineColour(line.colour), line.style === "bars" ? 0.6 : 0.14) }
      : {}),
    ...(bars === undefined ? {} : { paths: bars }),
    // A second without a request is a hole, not a slope between its neighbours.
    spanGaps: false,
    points: { show: (plot) => plot.data[0].length < 3 },
    value: (_plot, value) => formatValue(value, chart.unit),
  };
}

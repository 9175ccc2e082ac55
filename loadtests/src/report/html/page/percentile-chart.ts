/**
 * Latency by percentile, as HdrHistogram plots it: the axis stretches where the trouble is, at the far end.
 */

import uPlot from "uplot";
import { formatTick, formatValue } from "./axis-format.js";
import type { PageData } from "./page-data.js";
import { lineColour, themeColour, translucent } from "./palette.js";

/** Below this the names of the first percentiles would run into each other, CSS pixels. */
const NARROW_PX = 600;

export function createPercentileChart(data: PageData, container: HTMLElement): uPlot {
  const shared = {
    stroke: () => themeColour("faint"),
    grid: { stroke: () => themeColour("grid"), width: 1 },
    ticks: { stroke: () => themeColour("grid"), width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
    labelFont: "11px system-ui, sans-serif",
  };
  const last = data.percentiles.inverse.at(-1) ?? 10;
  return new uPlot(
    {
      width: Math.max(240, Math.floor(container.clientWidth)),
      height: 230,
      padding: [10, 24, 0, 4],
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: {
          time: false,
          distr: 3,
          log: 10,
          range: () => [1, 10 ** Math.ceil(Math.log10(Math.max(10, last)))],
        },
        left: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        {
          ...shared,
          size: 28,
          splits: (plot) => decades(plot.scales.x?.max ?? 10, plot.width < NARROW_PX),
          // uPlot hides all but powers of the base on a logarithmic axis: these are few and all wanted.
          filter: (_plot, splits) => splits,
          values: (_plot, splits) => splits.map(percentileName),
        },
        {
          ...shared,
          scale: "left",
          size: 52,
          label: "ms",
          labelSize: 16,
          labelGap: 0,
          values: (_plot, ticks) => ticks.map(formatTick),
        },
      ],
      series: [
        { label: "percentile", value: (_plot, value) => (value === null ? "–" : percentileName(value)) },
        {
          label: "latency",
          scale: "left",
          stroke: () => lineColour(0),
          fill: () => translucent(lineColour(0), 0.12),
          width: 1.75,
          points: { show: false },
          value: (_plot, value) => formatValue(value, "ms"),
        },
      ],
    },
    [[...data.percentiles.inverse], [...data.percentiles.ms]],
    container,
  );
}

function decades(max: number, isNarrow: boolean): number[] {
  const ticks = isNarrow ? [1] : [1, 2, 4];
  for (let tick = 10; tick <= max; tick *= 10) ticks.push(tick);
  return ticks;
}

/** 1 is the 0th percentile, 2 the 50th, 100 the 99th. */
function percentileName(inverse: number): string {
  return `${Number((100 * (1 - 1 / inverse)).toFixed(5))} %`;
}

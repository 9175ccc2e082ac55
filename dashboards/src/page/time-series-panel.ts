/** Lines over time, by uPlot: two axes, stacks, dashes, thresholds, and a legend with the latest values. */
import uPlot from "uplot";
import type { GrafanaPanel } from "./grafana-json.js";
import { colourOfShare, overriddenBy } from "./panel-colours.js";
import type { PanelData } from "./panel-data.js";
import { legendOf } from "./query-variables.js";
import { formatUnit } from "./unit-format.js";

interface Line {
  readonly name: string;
  readonly unit: string;
  readonly right: boolean;
  readonly dashed: boolean;
  readonly stacked: boolean;
  readonly values: readonly (number | null)[];
  readonly colour: string;
}

const LEGEND_ROWS_PX = 74;

export function drawTimeSeries(panel: GrafanaPanel, data: PanelData, container: HTMLElement): void {
  const seconds = timeAxis(data);
  const lines = linesOf(panel, data, seconds);
  const drawn = stackedUp(lines);
  const options: uPlot.Options = {
    width: Math.max(200, container.clientWidth),
    height: Math.max(90, container.clientHeight - LEGEND_ROWS_PX),
    cursor: { sync: { key: "loopscope", scales: ["x", null] }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: {
      x: { time: true, range: [data.range.startSeconds, data.range.endSeconds] },
      left: { range: (_plot, min, max) => bounds(panel, min, max) },
      right: { range: (_plot, _min, max) => [0, max !== null && max > 0 ? max * 1.1 : 1] },
    },
    axes: axesOf(panel, lines, getComputedStyle(container).getPropertyValue("--faint")),
    series: [{}, ...lines.map(seriesOf)],
    bands: bandsOf(lines),
    hooks: { draw: [(plot) => drawThresholds(plot, panel)] },
  };
  new uPlot(options, [[...seconds], ...drawn.map((values) => [...values])], container);
}

function timeAxis({ range }: PanelData): readonly number[] {
  const count = Math.floor((range.endSeconds - range.startSeconds) / range.stepSeconds);
  return Array.from({ length: count + 1 }, (_, index) => range.startSeconds + index * range.stepSeconds);
}

function linesOf(panel: GrafanaPanel, data: PanelData, seconds: readonly number[]): readonly Line[] {
  const { defaults, overrides } = panel.fieldConfig;
  const plain = data.answers.flatMap(({ target, series }) => {
    const overridden = overriddenBy(overrides, target.refId);
    return series.map((one) => ({
      name: legendOf(target.legendFormat, one.labels),
      unit: String(overridden.get("unit") ?? defaults.unit ?? "short"),
      right: overridden.get("custom.axisPlacement") === "right",
      dashed: overridden.has("custom.lineStyle"),
      stacked: defaults.custom?.stacking?.mode === "normal" && !overridden.has("custom.stacking"),
      values: onAxis(one.points, seconds, data.range.stepSeconds),
      fixed: (overridden.get("color") as { fixedColor?: string } | undefined)?.fixedColor,
    }));
  });
  const largest = plain.map(({ values }) => Math.max(0, ...values.filter((value) => value !== null)));
  const top = Math.max(...largest);
  return plain.map(({ fixed, ...line }, index) => ({
    ...line,
    colour: fixed ?? colourOfShare(top > 0 ? (largest[index] ?? 0) / top : 0),
  }));
}

/** What is missing at a step is a hole, as in Grafana. */
function onAxis(
  points: readonly (readonly [number, number])[],
  seconds: readonly number[],
  step: number,
): readonly (number | null)[] {
  const start = seconds[0] ?? 0;
  const values: (number | null)[] = seconds.map(() => null);
  for (const [at, value] of points) {
    if (Number.isFinite(value)) values[Math.round((at - start) / step)] = value;
  }
  return values;
}

function stackedUp(lines: readonly Line[]): readonly (readonly (number | null)[])[] {
  let below: readonly (number | null)[] | null = null;
  return lines.map(({ stacked, values }) => {
    if (!stacked) return values;
    const under: readonly (number | null)[] | null = below;
    const sums: readonly (number | null)[] =
      under === null ? values : values.map((value, index) => sumOf(value, under[index] ?? null));
    below = sums;
    return sums;
  });
}

/** Nothing on nothing stays nothing: a stack begins where its first series does. */
function sumOf(value: number | null, below: number | null): number | null {
  return value === null && below === null ? null : (value ?? 0) + (below ?? 0);
}

function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  return lines.flatMap((line, index) =>
    line.stacked && index > 0
      ? [{ series: [index + 1, index] as uPlot.Band.Bounds, fill: translucent(line.colour) }]
      : [],
  );
}

function seriesOf(line: Line, index: number): uPlot.Series {
  return {
    label: line.name,
    scale: line.right ? "right" : "left",
    stroke: line.colour,
    width: 1.5,
    ...(line.dashed ? { dash: [6, 5] } : {}),
    ...(line.stacked && index === 0 ? { fill: translucent(line.colour) } : {}),
    spanGaps: false,
    points: { show: line.values.filter((value) => value !== null).length < 3 },
    // Away from the cursor, what was there last.
    value: (_plot, _value, _seriesIndex, at) => {
      const shown = at === null ? line.values.findLast((value) => value !== null) : line.values[at];
      return shown === null || shown === undefined ? "–" : formatUnit(shown, line.unit);
    },
  };
}

function translucent(colour: string): string {
  return `color-mix(in srgb, ${colour} 35%, transparent)`;
}

function bounds(panel: GrafanaPanel, min: number | null, max: number | null): [number, number] {
  const { min: least, max: most, thresholds } = panel.fieldConfig.defaults;
  const low = least ?? Math.min(min ?? 0, max ?? 0);
  const limits = (thresholds?.steps ?? []).flatMap(({ value }) => (value === null ? [] : [value]));
  const high = most ?? Math.max(max ?? 0, ...limits.filter((limit) => limit < 2 * (max ?? 0))) * 1.08;
  return high > low ? [low, high] : [low, low + 1];
}

function axesOf(panel: GrafanaPanel, lines: readonly Line[], ink: string): uPlot.Axis[] {
  const shared: uPlot.Axis = {
    stroke: ink,
    grid: { stroke: "#8884", width: 1 },
    ticks: { stroke: "#8884", width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
  };
  const unit = panel.fieldConfig.defaults.unit ?? "short";
  const right = lines.find((line) => line.right);
  return [
    { ...shared, size: 26, space: 64, values: (_plot, ticks) => formatTimes(ticks) },
    {
      ...shared,
      scale: "left",
      size: 72,
      ...ticksOf(unit),
      values: (_plot, ticks) => ticks.map((tick) => formatUnit(tick, unit)),
    },
    ...(right === undefined
      ? []
      : [
          {
            ...shared,
            scale: "right",
            side: 1 as const,
            size: 72,
            grid: { show: false },
            values: (_plot: uPlot, ticks: number[]) => ticks.map((tick) => formatUnit(tick, right.unit)),
          },
        ]),
  ];
}

/** With seconds only where ticks fall between minutes. */
function formatTimes(ticks: readonly number[]): string[] {
  const second = ticks.some((tick) => tick % 60 !== 0) ? ({ second: "2-digit" } as const) : {};
  const format = new Intl.DateTimeFormat(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...second,
  });
  return ticks.map((tick) => format.format(tick * 1000));
}

/** Round in the unit that is shown: bytes double. */
function ticksOf(unit: string): { readonly incrs?: number[] } {
  return unit === "bytes" || unit === "binBps"
    ? { incrs: Array.from({ length: 50 }, (_, power) => 2 ** power) }
    : {};
}

function drawThresholds(plot: uPlot, panel: GrafanaPanel): void {
  for (const { value, color } of panel.fieldConfig.defaults.thresholds?.steps ?? []) {
    if (value === null) continue;
    const y = plot.valToPos(value, "left", true);
    const { left, top, width, height } = plot.bbox;
    if (y < top || y > top + height) continue;
    plot.ctx.save();
    plot.ctx.strokeStyle = color;
    plot.ctx.setLineDash([8, 6]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(left, y);
    plot.ctx.lineTo(left + width, y);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
}

/**
 * The script of `report.html`: charts, their common zoom, and the blocks' dialog. Everything else is plain
 * HTML.
 */

import type uPlot from "uplot";
import { formatElapsed } from "./axis-format.js";
import { openBlockDialog } from "./block-dialog.js";
import { ChartGroup, followTheme, followWidth } from "./chart-group.js";
import type { PageBlock, PageData } from "./page-data.js";
import { createPercentileChart } from "./percentile-chart.js";
import { createTimeChart } from "./time-chart.js";

/** What tests, and a curious person in the console, may ask of the page. */
interface LoopscopeHook {
  readonly data: PageData;
  readonly charts: ReadonlyMap<string, uPlot>;
  zoom(fromSecond: number, toSecond: number): void;
  openBlock(id: string): void;
}

declare global {
  interface Window {
    loopscope?: LoopscopeHook;
  }
}

function start(): void {
  const text = document.getElementById("page-data")?.textContent ?? "";
  const data = JSON.parse(text) as PageData;
  const { durationSeconds } = data;
  const group = new ChartGroup((from, to) => showRange(from, to, durationSeconds));
  const zoom = (from: number, to: number): void => group.zoom(from, to);
  const onBlock = (block: PageBlock): void => openBlockDialog(block, data, DIALOG);
  const surroundings = {
    durationSeconds,
    blocks: () => data.blocks,
    formatTime: formatElapsed,
    onRange: zoom,
    onBlock,
  };
  for (const chart of data.charts) {
    const container = document.getElementById(`chart-${chart.id}`);
    if (container !== null) group.charts.set(chart.id, createTimeChart(chart, container, surroundings));
  }
  const percentiles = document.getElementById("chart-percentiles");
  const percentilePlot =
    percentiles === null || data.percentiles.ms.length === 0
      ? null
      : createPercentileChart(data, percentiles);
  const openBlock = (id: string): void => {
    const block = data.blocks.find((candidate) => candidate.id === id);
    if (block !== undefined) onBlock(block);
  };
  const all = [...group.charts.values(), ...(percentilePlot === null ? [] : [percentilePlot])];
  connectControls(group, openBlock, durationSeconds);
  followTheme(() => all);
  followWidth(() => all);
  window.loopscope = { data, charts: group.charts, zoom, openBlock };
  zoom(0, durationSeconds);
}

const DIALOG = {
  formatTime: formatElapsed,
  withoutStacks: "Its stacks are not in this file: they are in run.json and timeline.ndjson.",
};

function connectControls(group: ChartGroup, openBlock: (id: string) => void, durationSeconds: number): void {
  document.addEventListener("click", (click) => {
    if (!(click.target instanceof Element)) return;
    const button = click.target.closest("[data-block], [data-zoom]");
    if (!(button instanceof HTMLElement)) return;
    const { block, zoom: action } = button.dataset;
    if (block !== undefined) openBlock(block);
    if (action !== undefined) group.zoom(...zoomed(action, group.shown, durationSeconds));
  });
  for (const plot of group.charts.values()) {
    plot.over.addEventListener("dblclick", () => group.zoom(0, durationSeconds));
  }
}

/** The range after a press of one of the buttons: `in`, `out`, `back`, `on`, `all`. */
function zoomed(
  action: string,
  [from, to]: readonly [number, number],
  durationSeconds: number,
): readonly [number, number] {
  const width = to - from;
  if (action === "all") return [0, durationSeconds];
  if (action === "in") return [from + width / 4, to - width / 4];
  if (action === "out") return [Math.max(0, from - width / 2), Math.min(durationSeconds, to + width / 2)];
  const step = action === "back" ? -Math.min(width / 2, from) : Math.min(width / 2, durationSeconds - to);
  return [from + step, to + step];
}

function showRange(from: number, to: number, durationSeconds: number): void {
  const output = document.getElementById("zoom-range");
  if (output === null) return;
  const whole = from <= 0 && to >= durationSeconds;
  output.textContent = whole ? "whole run" : `${from.toFixed(1)} to ${to.toFixed(1)} s`;
}

start();

/**
 * The script of `report.html`: charts, their common zoom, and the blocks' dialog. Everything else is plain
 * HTML.
 */

import type uPlot from "uplot";
import { openBlockDialog } from "./block-dialog.js";
import type { PageBlock, PageData } from "./page-data.js";
import { createPercentileChart } from "./percentile-chart.js";
import { createTimeChart, fitWidth } from "./time-chart.js";

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
  const charts = new Map<string, uPlot>();
  let following = false;
  const zoom = (from: number, to: number): void => {
    if (following) return;
    following = true;
    for (const plot of charts.values()) plot.setScale("x", { min: from, max: to });
    following = false;
    showRange(from, to, data.durationSeconds);
  };
  const onBlock = (block: PageBlock): void => openBlockDialog(block, data);
  for (const chart of data.charts) {
    const container = document.getElementById(`chart-${chart.id}`);
    if (container === null) continue;
    charts.set(
      chart.id,
      createTimeChart(chart, data.blocks, data.durationSeconds, container, { onRange: zoom, onBlock }),
    );
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
  const all = [...charts.values(), ...(percentilePlot === null ? [] : [percentilePlot])];
  connectControls(charts, zoom, openBlock, data.durationSeconds);
  followTheme(all);
  followWidth(all);
  window.loopscope = { data, charts, zoom, openBlock };
  zoom(0, data.durationSeconds);
}

function connectControls(
  charts: ReadonlyMap<string, uPlot>,
  zoom: (from: number, to: number) => void,
  openBlock: (id: string) => void,
  durationSeconds: number,
): void {
  document.addEventListener("click", (click) => {
    if (!(click.target instanceof Element)) return;
    const button = click.target.closest("[data-block], [data-zoom]");
    if (!(button instanceof HTMLElement)) return;
    const { block, zoom: action } = button.dataset;
    if (block !== undefined) openBlock(block);
    if (action !== undefined) zoom(...zoomed(action, charts, durationSeconds));
  });
  for (const plot of charts.values()) {
    plot.over.addEventListener("dblclick", () => zoom(0, durationSeconds));
  }
}

/** The range after a press of one of the buttons: `in`, `out`, `back`, `on`, `all`. */
function zoomed(
  action: string,
  charts: ReadonlyMap<string, uPlot>,
  durationSeconds: number,
): readonly [number, number] {
  const scale = [...charts.values()][0]?.scales.x;
  const from = scale?.min ?? 0;
  const to = scale?.max ?? durationSeconds;
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

/**
 * Colours come from the style sheet when a chart is drawn, so another theme, or paper, needs a redraw only.
 */
function followTheme(plots: readonly uPlot[]): void {
  const redraw = (): void => {
    for (const plot of plots) plot.redraw(false);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("print").addEventListener("change", redraw);
}

function followWidth(plots: readonly uPlot[]): void {
  let waiting = false;
  window.addEventListener("resize", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const plot of plots) {
        const container = plot.root.parentElement;
        if (container !== null) fitWidth(plot, container);
      }
    });
  });
}

start();

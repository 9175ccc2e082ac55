/** Charts on one time axis: a zoom of one is a zoom of all; colours and widths follow the page. */

import type uPlot from "uplot";
import { fitWidth } from "./time-chart.js";

export class ChartGroup {
  /** By the chart's id, in the order in which the page shows them. */
  readonly charts = new Map<string, uPlot>();
  readonly #onZoom: (from: number, to: number) => void;
  #shown: readonly [from: number, to: number] = [0, 0];

  /** @param onZoom told of each new range, seconds, whoever chose it. */
  constructor(onZoom: (from: number, to: number) => void) {
    this.#onZoom = onZoom;
  }

  /** The visible part of the time axis, seconds. */
  get shown(): readonly [from: number, to: number] {
    return this.#shown;
  }

  /**
   * Shows that part of the time axis in all charts. uPlot tells of a new range later and once for each chart,
   * so what is shown already is no news.
   */
  zoom(from: number, to: number): void {
    if (this.#shown[0] === from && this.#shown[1] === to) return;
    this.show(from, to);
    this.#onZoom(from, to);
  }

  /** The same, with nobody told. */
  show(from: number, to: number): void {
    this.#shown = [from, to];
    for (const plot of this.charts.values()) plot.setScale("x", { min: from, max: to });
  }
}

/**
 * Colours come from the style sheet when a chart is drawn, so another theme, or paper, needs a redraw only.
 */
export function followTheme(plots: () => Iterable<uPlot>): void {
  const redraw = (): void => {
    for (const plot of plots()) plot.redraw(false);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("print").addEventListener("change", redraw);
}

export function followWidth(plots: () => Iterable<uPlot>): void {
  let waiting = false;
  window.addEventListener("resize", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const plot of plots()) {
        const container = plot.root.parentElement;
        if (container !== null) fitWidth(plot, container);
      }
    });
  });
}

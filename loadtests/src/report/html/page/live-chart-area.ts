/** The charts of the live page: the newest data in them, and made anew only where the lines are others. */

import type uPlot from "uplot";
import { ChartGroup, followTheme, followWidth } from "./chart-group.js";
import type { PageBlock, PageChart } from "./page-data.js";
import { chartData, createTimeChart } from "./time-chart.js";

export interface LiveChartEvents {
  /** The blocks to mark, asked for at each drawing. */
  blocks(): readonly PageBlock[];
  /** A second of the time axis, in words. */
  formatTime(second: number): string;
  onBlock(block: PageBlock): void;
  /** The user chose a part of the time axis. */
  onZoom(): void;
  /** The user wants the newest again. */
  onReset(): void;
}

export class LiveChartArea {
  readonly #container: HTMLElement;
  readonly #events: LiveChartEvents;
  readonly #group: ChartGroup;
  #shape = "";

  constructor(container: HTMLElement, events: LiveChartEvents) {
    this.#container = container;
    this.#events = events;
    this.#group = new ChartGroup(() => events.onZoom());
    const plots = (): Iterable<uPlot> => this.#group.charts.values();
    followTheme(plots);
    followWidth(plots);
  }

  get charts(): ReadonlyMap<string, uPlot> {
    return this.#group.charts;
  }

  /** @param fromSecond to `toSecond`: the part of the time axis to show. */
  show(charts: readonly PageChart[], fromSecond: number, toSecond: number): void {
    const shape = JSON.stringify(charts.map(({ id, lines }) => [id, lines.map(({ label }) => label)]));
    if (shape !== this.#shape) this.#build(charts);
    else for (const chart of charts) this.#group.charts.get(chart.id)?.setData(chartData(chart), false);
    this.#shape = shape;
    this.#group.show(fromSecond, toSecond);
    for (const plot of this.#group.charts.values()) showLatest(plot);
  }

  #build(charts: readonly PageChart[]): void {
    for (const plot of this.#group.charts.values()) plot.destroy();
    this.#group.charts.clear();
    const figures = charts.map((chart) => chartFigure(chart));
    this.#container.replaceChildren(...figures.map(({ figure }) => figure));
    for (const [index, chart] of charts.entries()) {
      const place = figures[index]?.place;
      if (place === undefined) continue;
      const plot = createTimeChart(chart, place, {
        durationSeconds: chart.seconds.at(-1) ?? 1,
        blocks: () => this.#events.blocks(),
        formatTime: (second) => this.#events.formatTime(second),
        onBlock: (block) => this.#events.onBlock(block),
        onRange: (from, to) => this.#group.zoom(from, to),
      });
      plot.over.addEventListener("dblclick", () => this.#events.onReset());
      this.#group.charts.set(chart.id, plot);
    }
  }
}

/** The legend says the latest values, unless the pointer asks for others. */
function showLatest(plot: uPlot): void {
  const isPointedAt = (plot.cursor.left ?? -1) >= 0;
  if (!isPointedAt) plot.setLegend({ idx: plot.data[0].length - 1 });
}

function chartFigure(chart: PageChart): { readonly figure: HTMLElement; readonly place: HTMLElement } {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const title = document.createElement("b");
  title.textContent = chart.title;
  const description = document.createElement("span");
  description.textContent = chart.description;
  caption.append(title, description);
  const place = document.createElement("div");
  place.className = "chart";
  place.id = `chart-${chart.id}`;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${chart.title}. ${chart.description}`);
  figure.append(caption, place);
  return { figure, place };
}

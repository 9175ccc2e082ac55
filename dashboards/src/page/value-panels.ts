/** Panels that show what is, not what was: single figures and bars. */
import type { GrafanaPanel } from "./grafana-json.js";
import { colourOfThreshold } from "./panel-colours.js";
import type { PanelData } from "./panel-data.js";
import { legendOf } from "./query-variables.js";
import { formatUnit } from "./unit-format.js";

interface Figure {
  readonly name: string;
  readonly value: number;
}

export function drawStat(panel: GrafanaPanel, data: PanelData, container: HTMLElement): void {
  const figures = latest(data);
  for (const { name, value } of figures) {
    const figure = document.createElement("div");
    figure.className = "figure";
    const number = document.createElement("strong");
    number.textContent = formatUnit(value, panel.fieldConfig.defaults.unit ?? "short");
    number.style.color = colourOfThreshold(value, panel.fieldConfig.defaults.thresholds?.steps);
    figure.append(number);
    // One alone needs no name: the panel has it.
    if (figures.length > 1) figure.append(name);
    container.append(figure);
  }
}

export function drawBarGauge(panel: GrafanaPanel, data: PanelData, container: HTMLElement): void {
  const figures = latest(data);
  const { unit = "short", max, thresholds } = panel.fieldConfig.defaults;
  const full = max ?? Math.max(...figures.map(({ value }) => value));
  for (const { name, value } of figures) {
    const row = document.createElement("div");
    row.className = "bar";
    const label = document.createElement("span");
    label.textContent = name;
    const bar = document.createElement("i");
    bar.style.width = `${full > 0 ? Math.max(0.5, (value / full) * 100) : 0.5}%`;
    bar.style.background = colourOfThreshold(value, thresholds?.steps);
    const number = document.createElement("b");
    number.textContent = formatUnit(value, unit);
    row.append(label, bar, number);
    container.append(row);
  }
}

function latest({ answers }: PanelData): readonly Figure[] {
  return answers.flatMap(({ target, series }) =>
    series.flatMap(({ labels, points }) => {
      const last = points.findLast(([, value]) => Number.isFinite(value));
      return last === undefined ? [] : [{ name: legendOf(target.legendFormat, labels), value: last[1] }];
    }),
  );
}

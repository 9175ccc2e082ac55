/** Series as rows, labels as columns, in the order and under the headings that the panel's transformations give. */
import type { GrafanaPanel } from "./grafana-json.js";
import type { PanelData } from "./panel-data.js";
import { formatUnit } from "./unit-format.js";

export function drawTable(panel: GrafanaPanel, { answers }: PanelData, container: HTMLElement): void {
  const organize = panel.transformations?.find(({ id }) => id === "organize")?.options;
  const descending =
    panel.transformations?.find(({ id }) => id === "sortBy")?.options.sort?.[0]?.desc ?? true;
  const columns = Object.entries(organize?.indexByName ?? {})
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
  const rows = answers
    .flatMap(({ series }) => series)
    .map(({ labels, points }) => ({ labels, value: points.at(-1)?.[1] ?? Number.NaN }))
    .sort((a, b) => (descending ? b.value - a.value : a.value - b.value));
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of columns) {
    const cell = document.createElement("th");
    cell.textContent = organize?.renameByName?.[name] ?? name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { labels, value } of rows) {
    const row = body.insertRow();
    for (const name of columns) {
      row.insertCell().textContent = name === "Value" ? shownValue(panel, value) : (labels[name] ?? "");
    }
  }
  container.append(table);
}

function shownValue(panel: GrafanaPanel, value: number): string {
  const { mappings, unit } = panel.fieldConfig.defaults;
  return mappings?.[0]?.options[String(value)]?.text ?? formatUnit(value, unit ?? "short");
}

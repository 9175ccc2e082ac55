/** What a reader of a panel sees of its series: the legend, or a table's columns. */
import { ALL_DASHBOARDS } from "../src/boards/all-dashboards.js";
import type { PanelQuery, PanelSpecification } from "../src/panels/panel-specification.js";

/** @throws Error where there is no such panel: tests name panels by their titles. */
export function panelNamed(dashboardTitle: string, panelTitle: string): PanelSpecification {
  const dashboard = ALL_DASHBOARDS.find((one) => one.title === dashboardTitle);
  const panel = dashboard?.rows.flatMap((row) => row.panels).find((one) => one.title === panelTitle);
  if (panel === undefined) throw new Error(`no panel "${panelTitle}" on "${dashboardTitle}"`);
  return panel;
}

export function shownName(
  panel: PanelSpecification,
  query: PanelQuery,
  labels: Readonly<Record<string, string>>,
): string {
  if (panel.kind === "table") {
    return Object.keys(panel.columns ?? {})
      .map((label) => labels[label] ?? "")
      .join(" ");
  }
  return query.legend === ""
    ? JSON.stringify(labels)
    : query.legend.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? "");
}

/** Grafana's variables in a query, as Grafana itself fills them in. */
import type { GrafanaDashboard } from "./grafana-json.js";
import type { TimeRange } from "./prometheus-client.js";

export function filledIn(
  expression: string,
  dashboard: GrafanaDashboard,
  range: TimeRange,
  scrapeSeconds: number,
): string {
  // Grafana's own rule: the step and a scrape, but four scrapes at least.
  const rateSeconds = Math.max(range.stepSeconds + scrapeSeconds, 4 * scrapeSeconds);
  const wholeSeconds = Math.round(range.endSeconds - range.startSeconds);
  const fixed = expression
    .replaceAll("$__rate_interval", `${rateSeconds}s`)
    .replaceAll("$__range", `${wholeSeconds}s`);
  return dashboard.templating.list.reduce((text, variable) => {
    const value = variable.type === "textbox" ? String(variable.current?.value ?? "") : variable.allValue;
    return value === undefined ? text : text.replaceAll(`$${variable.name}`, value);
  }, fixed);
}

/** `{{label}}` filled in; an empty format shows the labels as they are. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format === ""
    ? JSON.stringify(labels)
    : format.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? "");
}

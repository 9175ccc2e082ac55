/** A panel's answers: one entry a target, and within it one a series. */
import type { GrafanaDashboard, GrafanaPanel, GrafanaTarget } from "./grafana-json.js";
import { queryInstant, queryRange, type Series, type TimeRange } from "./prometheus-client.js";
import { filledIn } from "./query-variables.js";

export interface TargetAnswer {
  readonly target: GrafanaTarget;
  readonly series: readonly Series[];
}

export interface PanelData {
  readonly answers: readonly TargetAnswer[];
  readonly range: TimeRange;
}

export function isEmpty({ answers }: PanelData): boolean {
  return answers.every(({ series }) => series.every(({ points }) => points.length === 0));
}

export async function readPanel(
  panel: GrafanaPanel,
  dashboard: GrafanaDashboard,
  range: TimeRange,
  scrapeSeconds: number,
): Promise<PanelData> {
  const answers = await Promise.all(
    (panel.targets ?? []).map(async (target) => {
      const query = filledIn(target.expr, dashboard, range, scrapeSeconds);
      const series =
        target.instant === true
          ? await queryInstant(query, range.endSeconds)
          : await queryRange(query, range);
      return { target, series };
    }),
  );
  return { answers, range };
}

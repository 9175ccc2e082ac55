/**
 * `.lint` beside the dashboards: where Grafana's dashboard-linter is told that a panel does without a matcher that
 * it asks of every query. Made from the queries, so that no exclusion outlives its reason.
 */
import { stringify } from "yaml";
import type { DashboardSpecification, PanelSpecification } from "./panels/panel-specification.js";

const REASONS = {
  "target-job-rule": "A load run's metrics are pushed: they have no job.",
  "target-instance-rule":
    "Recorded over all instances, which keeps a panel under 2,000 series, or pushed by a load run.",
} as const;

export function linterExclusions(dashboards: readonly DashboardSpecification[]): string {
  const exclusions = {
    "target-job-rule": exclusion("target-job-rule", dashboards, lacksMatcher("job")),
    "target-instance-rule": exclusion("target-instance-rule", dashboards, lacksMatcher("instance")),
  };
  const head = "# Generated from TypeScript by `npm run dashboards`: do not edit.\n";
  return head + stringify({ exclusions }, { lineWidth: 0 });
}

function exclusion(
  rule: keyof typeof REASONS,
  dashboards: readonly DashboardSpecification[],
  applies: (panel: PanelSpecification) => boolean,
) {
  const entries = dashboards.flatMap(({ title, rows }) =>
    rows
      .flatMap((row) => row.panels)
      .filter(applies)
      .map((panel) => ({ dashboard: title, panel: panel.title })),
  );
  return { reason: REASONS[rule], entries };
}

function lacksMatcher(label: "job" | "instance"): (panel: PanelSpecification) => boolean {
  return (panel) =>
    panel.queries.some((query) =>
      query.vector.selectors.some((selector) => !selector.includes(`${label}=~"$${label}"`)),
    );
}

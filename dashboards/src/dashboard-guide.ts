/** The guide in docs: each dashboard, and the question that each panel answers, from the panels' own words. */
import type { DashboardSpecification, PanelSpecification } from "./panels/panel-specification.js";
import type { AlertingRule } from "./rules/alerting-rule.js";

const HEAD = `<!-- Generated from TypeScript by \`npm run dashboards\`: do not edit. -->
# Dashboards and alerts
`;

export function dashboardGuide(
  introduction: string,
  dashboards: readonly DashboardSpecification[],
  alerts: readonly AlertingRule[],
): string {
  const sections = dashboards.map(dashboardSection);
  return [HEAD, introduction.trim(), "", ...sections, alertSection(alerts)].join("\n");
}

function dashboardSection(dashboard: DashboardSpecification): string {
  const lines = [`## ${dashboard.title}`, "", `${dashboard.question} (\`/d/${dashboard.uid}\`)`, ""];
  for (const row of dashboard.rows) {
    lines.push(`### ${row.title}`, "", "| panel | what it answers | when it is empty |", "|---|---|---|");
    for (const panel of row.panels) lines.push(panelRow(panel));
    lines.push("");
  }
  return lines.join("\n");
}

function panelRow(panel: PanelSpecification): string {
  return `| ${cell(panel.title)} | ${cell(panel.description)} | ${cell(panel.noData)} |`;
}

function alertSection(alerts: readonly AlertingRule[]): string {
  const rows = alerts.map(
    (rule) => `| \`${rule.alert}\` | ${rule.severity} | ${rule.for} | ${cell(rule.summary)} |`,
  );
  return [
    "## Alerts",
    "",
    "Prometheus evaluates them. Each carries its runbook as the annotation `description`, and the dashboard to open.",
    "What fires is a table on *Service overview*, marks on every dashboard, and in Grafana's own list of alerts. Who is to",
    "be notified needs an Alertmanager ([why](decisions/alerts-by-prometheus.md)).",
    "",
    "| alert | severity | for | says |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

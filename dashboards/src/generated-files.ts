/** Every generated file: its path from the repository's root, and what must be in it. */
import { ALL_DASHBOARDS } from "./boards/all-dashboards.js";
import { dashboardGuide } from "./dashboard-guide.js";
import { GUIDE_INTRODUCTION } from "./guide-introduction.js";
import { linterExclusions } from "./linter-exclusions.js";
import { buildDashboard } from "./panels/dashboard-builder.js";
import { ALERTING_RULES } from "./rules/alerting-rules.js";
import { RECORDING_RULE_GROUPS } from "./rules/recording-rule-groups.js";
import { alertingRuleFile, recordingRuleFile } from "./rules/rule-file.js";

export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

export function generatedFiles(): readonly GeneratedFile[] {
  const dashboards = ALL_DASHBOARDS.map((specification) => ({
    path: `dashboards/grafana/dashboards/${specification.uid.replace("loopscope-", "")}.json`,
    content: `${JSON.stringify(buildDashboard(specification), null, 2)}\n`,
  }));
  return [
    ...dashboards,
    { path: "dashboards/grafana/dashboards/.lint", content: linterExclusions(ALL_DASHBOARDS) },
    {
      path: "dashboards/prometheus/rules/recording.yml",
      content: recordingRuleFile(RECORDING_RULE_GROUPS),
    },
    { path: "dashboards/prometheus/rules/alerts.yml", content: alertingRuleFile(ALERTING_RULES) },
    {
      path: "docs/dashboards.md",
      content: dashboardGuide(GUIDE_INTRODUCTION, ALL_DASHBOARDS, ALERTING_RULES),
    },
  ];
}

/** From rules to the YAML that Prometheus loads. */
import { stringify } from "yaml";
import type { AlertingRule } from "./alerting-rule.js";
import type { RecordingRuleGroup } from "./recording-rule-groups.js";
import { RULE_INTERVAL_SECONDS } from "./rule-scope.js";

const GENERATED = "# Generated from TypeScript by `npm run dashboards`: do not edit.\n";

export function recordingRuleFile(groups: readonly RecordingRuleGroup[]): string {
  return yaml({
    groups: groups.map((group) => ({
      name: group.name,
      interval: `${RULE_INTERVAL_SECONDS}s`,
      rules: group.rules.map((rule) => ({ record: rule.record, expr: rule.expression.promql })),
    })),
  });
}

export function alertingRuleFile(rules: readonly AlertingRule[]): string {
  return yaml({
    groups: [
      {
        name: "loopscope-alerts",
        interval: "30s",
        rules: rules.map((rule) => ({
          alert: rule.alert,
          expr: rule.expression.promql,
          for: rule.for,
          labels: { severity: rule.severity },
          annotations: {
            summary: rule.summary,
            description: rule.runbook,
            dashboard: `/d/${rule.dashboard}`,
          },
        })),
      },
    ],
  });
}

function yaml(content: object): string {
  return GENERATED + stringify(content, { lineWidth: 0 });
}

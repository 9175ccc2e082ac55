/**
 * The rules as they are, at five times their pace: windows of a minute become 12 s, evaluations and scrapes
 * each 15 s become 3 s. A test sees in one minute what dashboards see in five, with as few scrapes a window.
 */
import { RECORDING_RULE_GROUPS } from "../src/rules/recording-rule-groups.js";
import { recordingRuleFile } from "../src/rules/rule-file.js";
import { RULE_INTERVAL_SECONDS } from "../src/rules/rule-scope.js";

const PACE = 5;
/** Between two scrapes, and between two evaluations. */
export const HASTENED_INTERVAL_SECONDS = RULE_INTERVAL_SECONDS / PACE;
/** Range of the rules' rates, and Grafana's `$__rate_interval`: four scrapes. */
export const HASTENED_WINDOW_SECONDS = 60 / PACE;

export function hastenedRecordingRules(): string {
  return recordingRuleFile(RECORDING_RULE_GROUPS)
    .replaceAll(`interval: ${RULE_INTERVAL_SECONDS}s`, `interval: ${HASTENED_INTERVAL_SECONDS}s`)
    .replaceAll("[1m]", `[${HASTENED_WINDOW_SECONDS}s]`)
    .replaceAll("offset 1m", `offset ${HASTENED_WINDOW_SECONDS}s`)
    .replaceAll(") / 60 or", `) / ${HASTENED_WINDOW_SECONDS} or`)
    .replaceAll(") < 120)", `) < ${2 * HASTENED_WINDOW_SECONDS})`);
}

/** A panel's total over its range counts with the interval of evaluation. */
export function hastenedExpression(expression: string): string {
  return expression.replaceAll(`) * ${RULE_INTERVAL_SECONDS}`, `) * ${HASTENED_INTERVAL_SECONDS}`);
}

/**
 * Burn-rate alerts on two windows each, after Google's SRE workbook ("Alerting on SLOs"): the long window makes
 * sure that it matters, the short one (a twelfth of it) that it is still going on.
 */
import { OBJECTIVES } from "../objectives.js";
import { type RecordingRule, recorded } from "../promql/recorded.js";
import { filter, onlyWhere } from "../promql/vector.js";
import type { AlertingRule, Severity } from "./alerting-rule.js";
import { HTTP_RULES } from "./http-recording-rules.js";
import { RULE_SCOPE } from "./rule-scope.js";

type BurnRule = RecordingRule<"job" | "service_name">;

interface BurnStep {
  readonly name: string;
  readonly severity: Severity;
  /** Times faster than allowed. 14.4 uses 2 % of a 30-day budget in an hour, 6 uses 5 % in six hours. */
  readonly factor: number;
  readonly long: "1h" | "6h" | "3d";
  readonly short: "5m" | "30m" | "6h";
}

const STEPS: readonly BurnStep[] = [
  { name: "Fast", severity: "page", factor: 14.4, long: "1h", short: "5m" },
  { name: "Medium", severity: "page", factor: 6, long: "6h", short: "30m" },
  { name: "Slow", severity: "ticket", factor: 1, long: "3d", short: "6h" },
];

const ERROR_BURN = {
  "5m": HTTP_RULES.errorBurn5m,
  "30m": HTTP_RULES.errorBurn30m,
  "1h": HTTP_RULES.errorBurn1h,
  "6h": HTTP_RULES.errorBurn6h,
  "3d": HTTP_RULES.errorBurn3d,
} as const;

const LATENCY_BURN = {
  "5m": HTTP_RULES.latencyBurn5m,
  "30m": HTTP_RULES.latencyBurn30m,
  "1h": HTTP_RULES.latencyBurn1h,
  "6h": HTTP_RULES.latencyBurn6h,
  "3d": HTTP_RULES.latencyBurn3d,
} as const;

/** A factor that the budget can never reach would be an alert that never fires: 20 % is a share of 1 at most. */
function reachable(step: BurnStep, budget: number): boolean {
  return step.factor * budget < 1;
}

function above(long: BurnRule, short: BurnRule, factor: number) {
  return onlyWhere(
    filter(recorded(long, RULE_SCOPE), `> ${factor}`),
    ["job", "service_name"],
    filter(recorded(short, RULE_SCOPE), `> ${factor}`),
  );
}

const errors: readonly AlertingRule[] = STEPS.map((step) => ({
  alert: `LoopscopeErrorBudgetBurn${step.name}`,
  severity: step.severity,
  expression: above(ERROR_BURN[step.long], ERROR_BURN[step.short], step.factor),
  for: "2m",
  summary: `{{ $labels.job }} uses up its error budget {{ printf "%.1f" $value }} times too fast (${step.long})`,
  runbook: `More than ${roundPercent(step.factor * OBJECTIVES.errorBudget)} % of requests end with status 500 or over, over ${step.long} and still over ${step.short}; ${roundPercent(OBJECTIVES.errorBudget)} % is the objective. The dashboard shows the routes that fail. Compare with process starts (grey marks): a deployment is the usual reason, a dependency the next.`,
  dashboard: "loopscope-service-overview",
}));

const latency: readonly AlertingRule[] = STEPS.filter((step) =>
  reachable(step, OBJECTIVES.latencyBudget),
).map((step) => ({
  alert: `LoopscopeLatencyBudgetBurn${step.name}`,
  severity: step.severity,
  expression: above(LATENCY_BURN[step.long], LATENCY_BURN[step.short], step.factor),
  for: "2m",
  summary: `{{ $labels.job }} is over its p95 objective of ${OBJECTIVES.latencySeconds} s: the budget is used up {{ printf "%.1f" $value }} times too fast (${step.long})`,
  runbook: `More than ${roundPercent(step.factor * OBJECTIVES.latencyBudget)} % of requests take longer than ${OBJECTIVES.latencySeconds} s, over ${step.long} and still over ${step.short}; ${roundPercent(OBJECTIVES.latencyBudget)} % is the objective. On the dashboard: is it one route, or all? All routes at once: look at Event loop and blocking, then at garbage collection. One route: look at its outbound requests and its pool.`,
  dashboard: "loopscope-service-overview",
}));

function roundPercent(share: number): string {
  return String(Number((share * 100).toFixed(2)));
}

export const OBJECTIVE_ALERTS: readonly AlertingRule[] = [...errors, ...latency];

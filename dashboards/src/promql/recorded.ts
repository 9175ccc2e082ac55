/** Recording rules as values: what a dashboard or an alert reads by the rule's own entry, never by its name. */
import { type Matchers, type Scope, selectorText } from "./metric-query.js";
import type { Vector } from "./vector.js";

/** A rule that stores the outcome of an expression as a series of its own. */
export interface RecordingRule<L extends string = string> {
  /** `level:metric:operation`, as Prometheus' own naming advice has it. */
  readonly record: string;
  readonly expression: Vector<L>;
  /** What it is for, one sentence: a comment in the generated file. */
  readonly purpose: string;
}

export function recordingRule<const L extends string>(
  record: `${string}:${string}:${string}`,
  purpose: string,
  expression: Vector<L>,
): RecordingRule<L> {
  return { record, purpose, expression };
}

/** Reads what a rule recorded; the scope's matchers apply to the labels that the rule keeps. */
export function recorded<L extends string>(
  rule: RecordingRule<L>,
  scope: Scope,
  matchers: Matchers<NoInfer<L>> = {},
): Vector<L> {
  const selector = recordedSelector(rule, scope, matchers);
  return { promql: selector, labels: rule.expression.labels, selectors: [selector] };
}

/** Sum over time of a recorded rate: with the interval of evaluation, how much it was in total. */
export function recordedSumOverTime<L extends string>(
  rule: RecordingRule<L>,
  scope: Scope,
  window: string,
  matchers: Matchers<NoInfer<L>> = {},
): Vector<L> {
  const selector = recordedSelector(rule, scope, matchers);
  return {
    promql: `sum_over_time(${selector}[${window}])`,
    labels: rule.expression.labels,
    selectors: [selector],
  };
}

function recordedSelector(rule: RecordingRule, scope: Scope, matchers: Matchers<string>): string {
  return selectorText({ name: rule.record, labels: rule.expression.labels }, scope, matchers);
}

/** Checks every threshold before the first request: its metric, its selector, its expression, its aggregation. */

import type { DeclaredMetric, MetricSelector, ThresholdDeclaration } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import { AGGREGATIONS_BY_TYPE, type Aggregation } from "../measure/metric.js";
import { nearestWord } from "../nearest-word.js";
import { parseMetricSelector } from "./metric-selector.js";
import { TARGET_METRIC_PREFIX, TARGET_METRICS } from "./target-metric-catalog.js";
import {
  aggregationName,
  parseThresholdExpression,
  type ThresholdExpression,
} from "./threshold-expression.js";

/** A threshold that can be judged. */
export interface Threshold {
  readonly declaration: ThresholdDeclaration;
  readonly selector: MetricSelector;
  readonly expression: ThresholdExpression;
  /** Whether the agent measures it, not the client. */
  readonly onTarget: boolean;
}

/**
 * @param origin where the thresholds stand, for the sentence: the script's path.
 * @throws LoopscopeError INVALID_THRESHOLD for the first that is wrong.
 */
export function validateThresholds(
  declarations: readonly ThresholdDeclaration[],
  declaredMetrics: readonly DeclaredMetric[],
  origin: string,
): readonly Threshold[] {
  return declarations.map((declaration) => {
    const refuse = (reason: string): never => {
      throw new LoopscopeError(
        "INVALID_THRESHOLD",
        `threshold "${declaration.expression}" of metric "${declaration.metric}" in ${origin} is invalid: ${reason}.`,
      );
    };
    const key = parseMetricSelector(declaration.metric);
    if (!key.ok) return refuse(key.reason);
    const parsed = parseThresholdExpression(declaration.expression);
    if (!parsed.ok) return refuse(parsed.reason);
    const { expression } = parsed;
    const { lastSeconds, forAll } = expression;
    const selector = {
      ...key.selector,
      ...(lastSeconds === undefined ? {} : { lastSeconds }),
      ...(forAll === undefined ? {} : { forAll }),
    };
    const onTarget = selector.name.startsWith(TARGET_METRIC_PREFIX);
    if (onTarget && forAll !== undefined)
      return refuse("forall is for the client's metrics, not the target's");
    const problem = onTarget
      ? problemOnTarget(selector, expression.aggregation)
      : problemOnClient(selector, expression.aggregation, declaredMetrics);
    return problem === undefined ? { declaration, selector, expression, onTarget } : refuse(problem);
  });
}

function problemOnTarget(selector: MetricSelector, aggregation: Aggregation): string | undefined {
  const definition = TARGET_METRICS.find((metric) => metric.name === selector.name);
  if (definition === undefined) {
    return unknownMetric(
      selector.name,
      TARGET_METRICS.map((metric) => metric.name),
    );
  }
  const tag = Object.keys(selector.tags).find((name) => !definition.tags.includes(name));
  if (tag !== undefined) {
    const allowed =
      definition.tags.length === 0 ? "takes no tags" : `has the tags ${definition.tags.join(", ")}`;
    return `${selector.name} ${allowed}, not "${tag}"`;
  }
  return aggregationProblem(selector.name, definition.type, definition.aggregations, aggregation);
}

function problemOnClient(
  selector: MetricSelector,
  aggregation: Aggregation,
  declaredMetrics: readonly DeclaredMetric[],
): string | undefined {
  const metric = declaredMetrics.find((candidate) => candidate.name === selector.name);
  if (metric === undefined) {
    return unknownMetric(
      selector.name,
      [...declaredMetrics, ...TARGET_METRICS].map((candidate) => candidate.name),
    );
  }
  return aggregationProblem(selector.name, metric.type, AGGREGATIONS_BY_TYPE[metric.type], aggregation);
}

function unknownMetric(name: string, known: readonly string[]): string {
  const nearest = nearestWord(name, known);
  return `there is no such metric${nearest === undefined ? "" : ` (the nearest is ${nearest})`}`;
}

function aggregationProblem(
  name: string,
  type: string,
  allowed: readonly Aggregation["method"][],
  aggregation: Aggregation,
): string | undefined {
  if (allowed.includes(aggregation.method)) return undefined;
  const spelled = allowed.map((method) => (method === "percentile" ? "p(N)" : method)).join(", ");
  return `${name} is a ${type} and has ${spelled}, not ${aggregationName(aggregation)}`;
}

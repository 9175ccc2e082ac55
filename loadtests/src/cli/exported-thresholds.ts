/** What an exporter is told of a run's thresholds. */
import type { DeclaredMetric } from "../engine/engine.js";
import type { ExportedThreshold } from "../export/threshold-samples.js";
import { TARGET_METRICS } from "../judge/target-metric-catalog.js";
import { aggregationName } from "../judge/threshold-expression.js";
import type { ThresholdJudgement } from "../judge/threshold-judgement.js";
import type { Threshold } from "../judge/threshold-validation.js";

export function exportedThresholds(
  thresholds: readonly Threshold[],
  declaredMetrics: readonly DeclaredMetric[],
): readonly ExportedThreshold[] {
  return thresholds.map(({ declaration, selector, expression }) => {
    const known = [...declaredMetrics, ...TARGET_METRICS].find((metric) => metric.name === selector.name);
    return {
      metric: selector.name,
      text: `${declaration.metric} ${declaration.expression}`,
      aggregation: aggregationName(expression.aggregation),
      limit: expression.limit,
      contents: known?.contents ?? "default",
    };
  });
}

/** Null: without data a threshold neither holds nor fails while the run goes on. */
export function holdingNow(judgements: readonly ThresholdJudgement[]): readonly (boolean | null)[] {
  return judgements.map(({ ok, actual }) => (actual === null ? null : ok));
}

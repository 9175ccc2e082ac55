/** Judges thresholds over all that was measured so far. */

import type { MetricSource } from "../measure/metric.js";
import { holds, isWorse } from "./threshold-expression.js";
import type { Threshold } from "./threshold-validation.js";

export interface ThresholdJudgement {
  readonly threshold: Threshold;
  /** Null: there was no data. */
  readonly actual: number | null;
  readonly ok: boolean;
  /** Why it failed without a figure, or what to doubt about the figure; null: nothing. */
  readonly note: string | null;
}

export interface JudgementOptions {
  /** k6's way: a threshold without data passes. */
  readonly noDataPasses: boolean;
  /** Said of `target_` thresholds without data: why the agent was silent. */
  readonly targetSilence: string;
}

/** Fewer values than this beyond a percentile, and the percentile is mostly chance. */
const MIN_SAMPLES_BEYOND = 5;

/** @param client null: the load never started. @param target null: there is no agent. */
export function judgeThresholds(
  thresholds: readonly Threshold[],
  client: MetricSource | null,
  target: MetricSource | null,
  options: JudgementOptions,
): readonly ThresholdJudgement[] {
  return thresholds.map((threshold) => {
    const { selector, expression, onTarget } = threshold;
    const source = onTarget ? target : client;
    if (selector.forAll !== undefined) return judgeEach(threshold, source, options.noDataPasses);
    const view = source?.find(selector.name, selector.tags, selector.lastSeconds);
    // A counter that nothing was added to is 0, which is a fact; every other empty metric has no value.
    const empty = view?.type === "counter" && !onTarget ? 0 : undefined;
    const actual = view?.aggregate(expression.aggregation) ?? empty;
    if (actual === undefined) {
      const note = onTarget ? `no data: ${options.targetSilence}` : "no data";
      return { threshold, actual: null, ok: options.noDataPasses, note };
    }
    const samples = view?.sampleCount ?? 0;
    return {
      threshold,
      actual,
      ok: holds(expression, actual),
      note: sampleDoubt(threshold, samples),
    };
  });
}

/** Holds when it holds for each value of the tag; the worst one is told. */
function judgeEach(
  threshold: Threshold,
  source: MetricSource | null,
  noDataPasses: boolean,
): ThresholdJudgement {
  const { selector, expression } = threshold;
  let worst: { readonly actual: number; readonly value: string; readonly samples: number } | null = null;
  for (const [value, view] of source?.findEach?.(selector) ?? []) {
    const actual = view.aggregate(expression.aggregation);
    if (actual === undefined || (worst !== null && !isWorse(expression, actual, worst.actual))) continue;
    worst = { actual, value, samples: view.sampleCount };
  }
  if (worst === null) return { threshold, actual: null, ok: noDataPasses, note: "no data" };
  const { actual, value, samples } = worst;
  const doubt = sampleDoubt(threshold, samples);
  const ok = holds(expression, actual);
  return { threshold, actual, ok, note: `worst: ${value}${doubt === null ? "" : `; ${doubt}`}` };
}

/** The judgements that stop a run now: failed on data, `abortOnFail`, and past their `delayAbortEval`. */
export function abortingJudgements(
  judgements: readonly ThresholdJudgement[],
  elapsedMs: number,
): readonly ThresholdJudgement[] {
  return judgements.filter(
    ({ threshold: { declaration }, ok, actual }) =>
      declaration.abortOnFail && !ok && actual !== null && elapsedMs >= declaration.delayAbortEvalMs,
  );
}

function sampleDoubt(threshold: Threshold, samples: number): string | null {
  const { aggregation } = threshold.expression;
  if (aggregation.method !== "percentile" || aggregation.percent === 100) return null;
  const beyond = samples * (1 - aggregation.percent / 100);
  if (beyond >= MIN_SAMPLES_BEYOND) return null;
  const needed = Math.ceil(MIN_SAMPLES_BEYOND / (1 - aggregation.percent / 100) - 1e-9);
  return `only ${samples} samples, ${needed} make it firm`;
}

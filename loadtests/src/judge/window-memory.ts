/** Thresholds on windows hold when every window of the load holds: one bad one is remembered to the end. */

import { holds, isWorse } from "./threshold-expression.js";
import type { ThresholdJudgement } from "./threshold-judgement.js";
import type { Threshold } from "./threshold-validation.js";

interface Worst {
  readonly actual: number;
  readonly endedAtSeconds: number;
  readonly note: string | null;
}

export class WindowMemory {
  readonly #worst = new Map<Threshold, Worst>();

  /** To be called each second with what was judged then. @returns the judgements as they stand. */
  remember(judgements: readonly ThresholdJudgement[], elapsedSeconds: number): readonly ThresholdJudgement[] {
    for (const { threshold, actual, note } of judgements) {
      const { lastSeconds } = threshold.expression;
      if (lastSeconds === undefined || actual === null || elapsedSeconds < lastSeconds) continue;
      const known = this.#worst.get(threshold);
      if (known === undefined || isWorse(threshold.expression, actual, known.actual)) {
        this.#worst.set(threshold, { actual, endedAtSeconds: elapsedSeconds, note });
      }
    }
    return judgements.map((judgement) =>
      judgement.threshold.expression.lastSeconds === undefined || this.#worst.has(judgement.threshold)
        ? this.#atWorst(judgement)
        : // Not one window is whole: nothing is judged yet.
          { ...judgement, ok: true },
    );
  }

  /** The verdict: the worst window, or the whole of a load that was shorter than one. */
  conclude(judgements: readonly ThresholdJudgement[]): readonly ThresholdJudgement[] {
    return judgements.map((judgement) => this.#atWorst(judgement));
  }

  #atWorst(judgement: ThresholdJudgement): ThresholdJudgement {
    const worst = this.#worst.get(judgement.threshold);
    if (worst === undefined) return judgement;
    const { expression } = judgement.threshold;
    return {
      threshold: judgement.threshold,
      actual: worst.actual,
      ok: holds(expression, worst.actual),
      note: [
        `the worst window, up to ${Math.round(worst.endedAtSeconds)} s`,
        ...(worst.note === null ? [] : [worst.note]),
      ].join("; "),
    };
  }
}

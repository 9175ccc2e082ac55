/** From how a run ended to its exit code: the one place where the table of exit codes is applied. */

import type { EngineResult } from "../engine/engine.js";
import { EXIT_CODES, type ExitCode } from "../exit-codes.js";
import type { ThresholdResult } from "../report/run-document.js";

export interface RunOutcome {
  readonly kind: string;
  readonly message: string | null;
  readonly exitCode: ExitCode;
}

/** How the run ended comes first, then thresholds, then trust. */
export function decideOutcome(
  { outcome, iterations }: Pick<EngineResult, "outcome" | "iterations">,
  thresholds: readonly ThresholdResult[],
  trust: { readonly ok: boolean; readonly reasons: readonly string[] },
  strict: boolean,
): RunOutcome {
  switch (outcome.kind) {
    case "setup-timeout":
      return { kind: outcome.kind, message: outcome.message, exitCode: EXIT_CODES.setupTimeout };
    case "teardown-timeout":
      return { kind: outcome.kind, message: outcome.message, exitCode: EXIT_CODES.teardownTimeout };
    case "script-error":
      return { kind: outcome.kind, message: outcome.message, exitCode: EXIT_CODES.scriptException };
    case "test-aborted":
      return { kind: outcome.kind, message: outcome.message, exitCode: EXIT_CODES.testAborted };
    case "test-failed":
      return { kind: outcome.kind, message: outcome.message, exitCode: EXIT_CODES.testFailed };
    case "aborted":
      if (outcome.reason === "interrupted") {
        return { kind: "interrupted", message: null, exitCode: EXIT_CODES.interrupted };
      }
      if (outcome.reason === "target-died") {
        return { kind: "target-died", message: null, exitCode: EXIT_CODES.targetFailed };
      }
      return { kind: "aborted", message: null, exitCode: EXIT_CODES.thresholdsFailed };
    case "completed":
      if (iterations !== undefined && iterations.completed > 0 && iterations.threw === iterations.completed) {
        const message = `the script threw in each of its ${iterations.completed} iterations`;
        return { kind: "script-error", message, exitCode: EXIT_CODES.scriptException };
      }
      return completedOutcome(thresholds, trust, strict);
  }
}

function completedOutcome(
  thresholds: readonly ThresholdResult[],
  trust: { readonly ok: boolean; readonly reasons: readonly string[] },
  strict: boolean,
): RunOutcome {
  if (thresholds.some((threshold) => !threshold.ok)) {
    return { kind: "completed", message: null, exitCode: EXIT_CODES.thresholdsFailed };
  }
  if (strict && !trust.ok) {
    const message = `the run cannot be trusted: ${trust.reasons[0] ?? "unknown reason"}`;
    return { kind: "completed", message, exitCode: EXIT_CODES.notTrustworthy };
  }
  return { kind: "completed", message: null, exitCode: EXIT_CODES.passed };
}

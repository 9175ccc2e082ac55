/** What a run asks of whoever drives its scenarios: this thread itself, or several others. */

import type { ClientInterval, EngineOutcome } from "../../engine.js";
import type { TestRun } from "./test-run.js";

export interface LoadDriver {
  /** Makes the virtual users. @throws what the script's init code throws, or an error with an `outcome` */
  fill(): Promise<void>;
  /** Runs the scenarios to their end, and measures; what goes wrong ends the run by `TestRun.stop`. */
  drive(setupText: string | undefined): Promise<void>;
  /** Lets no iteration begin any more; those under way have so much time left. */
  stop(graceMs: number): void;
  /** Gives up what is still under way, and what it holds. */
  close(): Promise<void>;
}

export interface DriveListener {
  /** The load runs, but does not count yet. */
  onWarmup(): void;
  /** From here on it counts. */
  onMeasuring(): void;
  onInterval(interval: ClientInterval): void;
}

/** An error that says how the run is to end. */
export class OutcomeError extends Error {
  readonly outcome: EngineOutcome;

  constructor(outcome: EngineOutcome) {
    super(`the run ends: ${outcome.kind}`);
    this.outcome = outcome;
  }
}

export function outcomeOf(run: TestRun, error: unknown): EngineOutcome {
  if (error instanceof OutcomeError) return error.outcome;
  return { kind: "script-error", message: run.compiled.stacks.describe(error) };
}

import type { EngineResult, PreparedLoad } from "../engine/engine.js";
import type { RunDocument } from "../report/run-document.js";
import type { CommandEnvironment } from "./command-environment.js";
import type { TargetRequest } from "./open-target.js";

/** What every verb that drives load is told, whichever engine it uses. */
export interface RunSettings {
  readonly engine: RunDocument["engine"];
  readonly commandLine: string;
  /** Where thresholds stand, for messages: the script's path, or `the command line`. */
  readonly origin: string;
  /** The load script as the user named it; null without one. */
  readonly scriptFile: string | null;
  readonly target: TargetRequest;
  /** `--tag testid=...`: what exported metrics are labelled with; undefined: the run's id. */
  readonly testId?: string | undefined;
  /** `--name`; undefined: the load's own name. */
  readonly name: string | undefined;
  /** `--out` */
  readonly outFolder: string | undefined;
  /** Prints run.json and nothing else on standard output. */
  readonly json: boolean;
  /** What to print on standard output, as JSON, in place of the summary; undefined: the summary. */
  readonly printAs?: (result: EngineResult) => unknown;
  /** Shows no progress. */
  readonly quiet: boolean;
  /** A run that cannot be trusted fails. */
  readonly strict: boolean;
  /** k6's way: a threshold without data passes. */
  readonly noDataPasses: boolean;
  readonly environment: CommandEnvironment;
  /**
   * Validates and prepares the load. Called once before the target starts, so that a wrong script costs no
   * start, and again when the target's address is known.
   * @param baseUrl null: not known, or left to the script.
   * @param isFollowed whether the target's agent tells of it while it is loaded.
   */
  prepare(baseUrl: string | null, isFollowed: boolean): Promise<PreparedLoad>;
}

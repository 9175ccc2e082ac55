import { EXIT_CODES, type ExitCode } from "./exit-codes.js";

/** Every code that a `LoopscopeError` carries, and the exit code that the command ends with. */
export const ERROR_EXIT_CODES = {
  UNKNOWN_VERB: EXIT_CODES.invalidConfig,
  UNKNOWN_OPTION: EXIT_CODES.invalidConfig,
  INVALID_OPTION: EXIT_CODES.invalidConfig,
  MISSING_ARGUMENT: EXIT_CODES.invalidConfig,
  INVALID_THRESHOLD: EXIT_CODES.invalidConfig,
  INVALID_RUN: EXIT_CODES.invalidConfig,
  ENGINE_NOT_FOUND: EXIT_CODES.invalidConfig,
  SCRIPT_THREW: EXIT_CODES.scriptException,
  OUTPUT_NOT_WRITABLE: EXIT_CODES.invalidConfig,
  TARGET_NOT_STARTED: EXIT_CODES.targetFailed,
  TARGET_UNREACHABLE: EXIT_CODES.targetFailed,
  TARGET_DIED: EXIT_CODES.targetFailed,
  AGENT_UNREACHABLE: EXIT_CODES.targetFailed,
} as const satisfies Record<string, ExitCode>;

export type LoopscopeErrorCode = keyof typeof ERROR_EXIT_CODES;

/**
 * What goes wrong and is not a defect of ours. The message is one clear sentence: what, the value received,
 * the rule, and where it came from. It is shown without a stack trace.
 */
export class LoopscopeError extends Error {
  override readonly name = "LoopscopeError";
  readonly code: LoopscopeErrorCode;
  /** Lines shown below the sentence: a target's last output, most often. */
  readonly details: readonly string[];

  constructor(code: LoopscopeErrorCode, message: string, details: readonly string[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get exitCode(): ExitCode {
    return ERROR_EXIT_CODES[this.code];
  }
}

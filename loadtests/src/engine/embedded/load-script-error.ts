/** Why a load script cannot be run: one sentence for the user, found before the first request. */

/**
 * - `script-not-found`: no such file, or it cannot be read.
 * - `script-syntax`: it does not parse, or an import does not resolve.
 * - `script-unsupported`: it uses something this engine does not have or cannot do faithfully.
 * - `script-threw`: its init code threw.
 * - `options-invalid`: its options, or what overrides them, are wrong.
 */
export type LoadScriptErrorCode =
  | "script-not-found"
  | "script-syntax"
  | "script-unsupported"
  | "script-threw"
  | "options-invalid";

export class LoadScriptError extends Error {
  override readonly name = "LoadScriptError";
  readonly code: LoadScriptErrorCode;

  /** @param message one sentence, with file:line:column where they are known. */
  constructor(code: LoadScriptErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** k6's own: 107 when the script threw, 104 for everything else that is wrong with it. */
  get exitCode(): 104 | 107 {
    return this.code === "script-threw" ? 107 : 104;
  }
}

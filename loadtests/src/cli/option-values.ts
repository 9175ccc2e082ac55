/** Reading option values: each function returns a value in range or throws one sentence that names the option. */

import { parseGoDurationMs } from "../go-duration.js";
import { LoopscopeError } from "../loopscope-error.js";

/** A whole number from `least` to `most`. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} must be a whole number from ${least} to ${most}, got "${text}".`,
    );
  }
  return value;
}

/** A duration as k6 writes it (`1m30s`, `500ms`); a bare number is in `bareUnitMs`. Milliseconds. */
export function durationMs(option: string, text: string, bareUnitMs: number): number {
  const parsed = parseGoDurationMs(text, bareUnitMs);
  if (parsed === undefined || parsed <= 0) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} must be a duration above zero like 30s, 1m30s or 500ms, got "${text}".`,
    );
  }
  return parsed;
}

/** `KEY=VALUE` pairs; the last of equal keys wins. */
export function keyValuePairs(option: string, texts: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const text of texts) {
    const separator = text.indexOf("=");
    if (separator < 1) {
      throw new LoopscopeError("INVALID_OPTION", `${option} must be KEY=VALUE, got "${text}".`);
    }
    pairs[text.slice(0, separator)] = text.slice(separator + 1);
  }
  return pairs;
}

/** An absolute http or https URL. */
export function httpUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} must be a URL that begins with http:// or https://, got "${text}".`,
    );
  }
  return url;
}

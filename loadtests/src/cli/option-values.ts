/** Reading option values: each function returns a value in range or throws one sentence that names the option. */

import { LoopscopeError } from "../loopscope-error.js";

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

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
  const parsed = parseDurationMs(text, bareUnitMs);
  if (parsed === undefined || parsed <= 0) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} must be a duration above zero like 30s, 1m30s or 500ms, got "${text}".`,
    );
  }
  return parsed;
}

/** Undefined when `text` is no duration. */
export function parseDurationMs(text: string, bareUnitMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * bareUnitMs;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  }
  return total;
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

/** Reads values of a script's options: each gives a value of the right type and range, or one sentence. */

import { parseGoDurationMs } from "../../../go-duration.js";
import { LoadScriptError } from "../load-script-error.js";

/** @param where the option's path, `options.scenarios.browse.rate` */
export type OptionReader<T> = (value: unknown, where: string) => T;

export function invalidOption(sentence: string): LoadScriptError {
  return new LoadScriptError("options-invalid", `${sentence}.`);
}

function mustBe(where: string, rule: string, value: unknown): LoadScriptError {
  return invalidOption(`${where} must be ${rule}, got ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  return value === undefined ? "undefined" : JSON.stringify(value);
}

export function integerFrom(min: number): OptionReader<number> {
  return (value, where) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < min) {
      throw mustBe(where, `a whole number of at least ${min}`, value);
    }
    return value;
  };
}

export const readBoolean: OptionReader<boolean> = (value, where) => {
  if (typeof value !== "boolean") throw mustBe(where, "true or false", value);
  return value;
};

export const readString: OptionReader<string> = (value, where) => {
  if (typeof value !== "string") throw mustBe(where, "a text", value);
  return value;
};

export const readNumber: OptionReader<number> = (value, where) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw mustBe(where, "a number", value);
  return value;
};

/** k6's durations: `1m30s`, `500ms`, or a number of milliseconds. Milliseconds; undefined when it is none. */
export function parseDurationMs(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  return typeof value === "string" ? parseGoDurationMs(value, 1) : undefined;
}

/** A duration in milliseconds. @param minMs the least that is accepted */
export function durationFrom(minMs: number): OptionReader<number> {
  return (value, where) => {
    const durationMs = parseDurationMs(value);
    if (durationMs === undefined) throw mustBe(where, 'a duration such as "30s" or "1m30s"', value);
    if (durationMs < minMs)
      throw mustBe(where, minMs === 1 ? "a duration above 0" : `at least ${minMs} ms`, value);
    return durationMs;
  };
}

export function oneOf<T extends string>(...allowed: readonly T[]): OptionReader<T> {
  return (value, where) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw mustBe(where, `one of ${allowed.join(", ")}`, value);
    return found;
  };
}

export function readObject(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw mustBe(where, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

export function listOf<T>(item: OptionReader<T>): OptionReader<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw mustBe(where, "a list", value);
    return value.map((one, index) => item(one, `${where}[${index}]`));
  };
}

export function recordOf<T>(item: OptionReader<T>): OptionReader<Readonly<Record<string, T>>> {
  return (value, where) =>
    Object.fromEntries(
      Object.entries(readObject(value, where)).map(([key, one]) => [key, item(one, `${where}.${key}`)]),
    );
}

/** Values that k6 turns into text: tags and environment variables. */
export const readText: OptionReader<string> = (value, where) => {
  if (!["string", "number", "boolean"].includes(typeof value)) throw mustBe(where, "a text", value);
  return String(value);
};

/** @throws LoadScriptError naming a key that is not among `known`, and the nearest that is */
export function refuseUnknown(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const near = known.find((candidate) => isNear(candidate.toLowerCase(), key.toLowerCase()));
    const hint = near === undefined ? `; there are ${known.join(", ")}` : `; did you mean ${near}?`;
    throw new LoadScriptError(
      "options-invalid",
      `${where} has no option ${key}${hint}${hint.endsWith("?") ? "" : "."}`,
    );
  }
}

/** Within two edits: Levenshtein's distance. */
function isNear(left: string, right: string): boolean {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return (row[right.length] ?? 9) <= 2;
}

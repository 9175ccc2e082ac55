/** How one setting is read from text or from an option, and the sentence that refuses a bad one. */

/** Turns a raw value (text from the environment, anything from an option) into a valid one, or undefined. */
export interface OptionRule<T> {
  /** Completes the sentence "<option> must be ...". */
  readonly rule: string;
  readonly parse: (raw: unknown) => T | undefined;
}

export function wholeNumber(min: number, max: number): OptionRule<number> {
  return {
    rule: `a whole number between ${min} and ${max}`,
    parse: (raw) => {
      const value = numberOf(raw);
      return value !== undefined && Number.isInteger(value) && value >= min && value <= max
        ? value
        : undefined;
    },
  };
}

/** A whole number, or `off` (also `false`), which reads as null. */
export function wholeNumberOrOff(min: number, max: number): OptionRule<number | null> {
  const number = wholeNumber(min, max);
  return {
    rule: `${number.rule}, or off`,
    parse: (raw) => (isOff(raw) ? null : number.parse(raw)),
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): OptionRule<T> {
  return {
    rule: `one of ${choices.join(", ")}`,
    parse: (raw) =>
      typeof raw === "string" ? choices.find((choice) => choice === raw.trim().toLowerCase()) : undefined,
  };
}

export function onOff(): OptionRule<boolean> {
  return {
    rule: "on or off",
    parse: (raw) => {
      if (isOff(raw)) return false;
      if (raw === true) return true;
      if (typeof raw !== "string") return undefined;
      return ["on", "true", "1"].includes(raw.trim().toLowerCase()) ? true : undefined;
    },
  };
}

export function text(): OptionRule<string> {
  return {
    rule: "a non-empty text",
    parse: (raw) => (typeof raw === "string" && raw.trim() !== "" ? raw.trim() : undefined),
  };
}

/** A text that may also be null (not set). */
export function optionalText(): OptionRule<string | null> {
  const required = text();
  return { rule: required.rule, parse: (raw) => (raw === null ? null : required.parse(raw)) };
}

/** An http or https URL that may also be null (not set). */
export function optionalUrl(): OptionRule<string | null> {
  return {
    rule: "an http:// or https:// URL",
    parse: (raw) => {
      if (raw === null) return null;
      if (typeof raw !== "string" || !URL.canParse(raw.trim())) return undefined;
      return ["http:", "https:"].includes(new URL(raw.trim()).protocol) ? raw.trim() : undefined;
    },
  };
}

/** A list of texts: an array as an option, separated by commas in the environment. */
export function textList(): OptionRule<readonly string[]> {
  return {
    rule: "a list of texts separated by commas",
    parse: (raw) => {
      const items = typeof raw === "string" ? raw.split(",") : raw;
      if (!Array.isArray(items) || !items.every((item) => typeof item === "string")) return undefined;
      return items.map((item: string) => item.trim()).filter((item) => item !== "");
    },
  };
}

/** Numbers: an array as an option, separated by commas in the environment. */
export function numberList(min: number, max: number, most: number): OptionRule<readonly number[]> {
  return {
    rule: `at most ${most} numbers between ${min} and ${max}, separated by commas`,
    parse: (raw) => {
      const items = typeof raw === "string" ? raw.split(",") : raw;
      if (!Array.isArray(items) || items.length > most) return undefined;
      const numbers = items.map(numberOf);
      return numbers.every((value) => value !== undefined && value >= min && value <= max)
        ? (numbers as number[])
        : undefined;
    },
  };
}

function numberOf(raw: unknown): number | undefined {
  if (typeof raw === "number") return raw;
  return typeof raw === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(raw) ? Number(raw) : undefined;
}

function isOff(raw: unknown): boolean {
  return (
    raw === null ||
    raw === false ||
    (typeof raw === "string" && ["off", "false", "no", "none"].includes(raw.trim().toLowerCase()))
  );
}

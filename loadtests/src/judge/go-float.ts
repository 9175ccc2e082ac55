/** Numbers as Go's `strconv.ParseFloat(s, 64)` reads them, since k6's thresholds are read by it. */

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?\d+)$/i;
const INFINITY = /^([+-]?)inf(inity)?$/i;

/** The number, or undefined where Go answers with an error (out of range included). */
export function parseGoFloat(text: string): number | undefined {
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // Go takes no sign before NaN.
  if (/^nan$/i.test(text)) return Number.NaN;
  const digits = withoutUnderscores(text);
  if (digits === undefined) return undefined;
  const value = DECIMAL.test(digits) ? Number(digits) : parseHexadecimal(digits);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

/** Go allows single underscores between digits, and one after a base prefix. */
function withoutUnderscores(text: string): string | undefined {
  if (!text.includes("_")) return text;
  const hexadecimal = /^[+-]?0x/i.test(text);
  const misplaced = hexadecimal ? /_(?![0-9a-f])|(?<![0-9a-fx])_/i : /_(?!\d)|(?<!\d)_/;
  return misplaced.test(text) ? undefined : text.replaceAll("_", "");
}

function parseHexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent] = match;
  if (whole === "" && fraction === "") return undefined;
  const mantissa = Number.parseInt(`${whole}${fraction}`, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

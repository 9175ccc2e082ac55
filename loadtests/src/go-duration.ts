/** Durations as Go, and with it k6, writes them (pkg.go.dev/time#ParseDuration; `d` is k6's addition). */

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

/**
 * Reads `1m30s`, `500ms`, or a bare number.
 * @param bareUnitMs what a bare number counts, milliseconds.
 * @returns milliseconds; undefined when `text` is no duration.
 */
export function parseGoDurationMs(text: string, bareUnitMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * bareUnitMs;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  }
  return total;
}

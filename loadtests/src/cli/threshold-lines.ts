import type { ThresholdResult } from "../report/run-document.js";

/**
 * The line (1-based) of each threshold in its script's source, keyed `metric expression`: the first line at or
 * after the metric's name that holds the expression. Thresholds that the script computes are left out.
 */
export function findThresholdLines(
  source: string,
  thresholds: readonly Pick<ThresholdResult, "metric" | "expression">[],
): ReadonlyMap<string, number> {
  const lines = source.split("\n");
  const found = new Map<string, number>();
  for (const { metric, expression } of thresholds) {
    const metricLine = lines.findIndex((line) => line.includes(metric) && !line.trimStart().startsWith("//"));
    if (metricLine === -1) continue;
    const offset = lines.slice(metricLine).findIndex((line) => line.includes(expression));
    if (offset !== -1) found.set(`${metric} ${expression}`, metricLine + offset + 1);
  }
  return found;
}

/** `--engine k6`: the same script on the real k6 binary, with the same figures and the same judge. */

import path from "node:path";
import { parseGoDurationMs } from "../../go-duration.js";
import { declareBuiltinMetrics } from "../../measure/builtin-metrics.js";
import { MetricRegistry } from "../../measure/metric-registry.js";
import type { DeclaredMetric, PreparedLoad, ThresholdDeclaration } from "../engine.js";
import { inspectScript, type K6Inspection, type K6Request, type K6Scenario } from "./k6-command.js";
import { runK6 } from "./k6-run.js";

const DEFAULT_TREND_STATS: readonly string[] = ["avg", "min", "med", "max", "p(90)", "p(95)"];

/** @throws LoopscopeError when k6 cannot be run or refuses the script. */
export async function prepareK6Run(request: K6Request): Promise<PreparedLoad> {
  const absolute = { ...request, scriptPath: path.resolve(request.scriptPath) };
  const inspection = await inspectScript(absolute);
  const thresholds = thresholdsOf(inspection);
  const executors = Object.entries(inspection.scenarios ?? {});
  const trendStats = inspection.summaryTrendStats ?? DEFAULT_TREND_STATS;
  const { totalDuration } = inspection;
  return {
    name: path.parse(request.scriptPath).name,
    model: executors.some(([, { executor }]) => executor.endsWith("-arrival-rate")) ? "open" : "closed",
    plannedSeconds: plannedSeconds(executors.map(([, scenario]) => scenario)),
    thresholds,
    declaredMetrics: declaredMetrics(thresholds),
    summaryTrendStats: trendStats,
    scenarioLines: [
      ...executors.map(([name, { executor }]) => `${name}: ${executor} on k6`),
      ...(inspection.maxVUs === undefined
        ? []
        : [`up to ${inspection.maxVUs} virtual users, ${totalDuration} at most`]),
    ],
    run: (listener, selectors, signal) => runK6(absolute, trendStats, listener, selectors, signal),
  };
}

/** Length of the timetable, graceful stops left out, seconds; null when a scenario is bounded by iterations. */
function plannedSeconds(scenarios: readonly K6Scenario[]): number | null {
  if (scenarios.length === 0) return null;
  let latestMs = 0;
  for (const { startTime, duration, stages } of scenarios) {
    const lengths = duration ? [duration] : stages?.map((stage) => stage.duration);
    if (lengths === undefined) return null;
    const lengthMs = lengths.reduce((sum, length) => sum + durationOf(length), 0);
    latestMs = Math.max(latestMs, durationOf(startTime ?? "0s") + lengthMs);
  }
  return latestMs / 1000;
}

function thresholdsOf(inspection: K6Inspection): readonly ThresholdDeclaration[] {
  return Object.entries(inspection.thresholds ?? {}).flatMap(([metric, list]) =>
    list.map((one) => {
      const stated = typeof one === "string" ? { threshold: one } : one;
      return {
        metric,
        expression: stated.threshold,
        abortOnFail: stated.abortOnFail ?? false,
        delayAbortEvalMs: durationOf(stated.delayAbortEval ?? "0s"),
      };
    }),
  );
}

/**
 * k6 does not say before the run which metrics a script makes. Those that thresholds name are taken to exist,
 * with the type that their aggregation fits; one that never appears has no data, and its threshold fails.
 */
function declaredMetrics(thresholds: readonly ThresholdDeclaration[]): readonly DeclaredMetric[] {
  const registry = new MetricRegistry(() => 0);
  declareBuiltinMetrics(registry);
  const builtin = registry.declared();
  const known = new Set(builtin.map((metric) => metric.name));
  const made = new Map<string, DeclaredMetric>();
  for (const { metric, expression } of thresholds) {
    const name = metric.split("{")[0] ?? metric;
    if (known.has(name) || made.has(name)) continue;
    const method = /^\s*([a-z]+)/.exec(expression)?.[1] ?? "";
    const type = ({ count: "counter", value: "gauge", rate: "rate" } as const)[method] ?? "trend";
    made.set(name, { name, type, contents: "default" });
  }
  return [...builtin, ...made.values()];
}

/** What k6 itself printed needs no check. Milliseconds. */
function durationOf(text: string): number {
  return parseGoDurationMs(text, 1) ?? 0;
}

/** k6's `handleSummary`: the script makes its own reports from the figures. */

import { createHash } from "node:crypto";
import { monotonicMs } from "../../../clock.js";
import type { MetricContents, MetricType, Tags } from "../../../measure/metric.js";
import type { CheckResult } from "../../engine.js";
import type { TestRun } from "./test-run.js";
import type { VirtualUser } from "./virtual-user.js";

/** As in k6. */
const SUMMARY_TIMEOUT_MS = 120_000;

interface SummaryGroup {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly groups: SummaryGroup[];
  readonly checks: { name: string; path: string; id: string; passes: number; fails: number }[];
}

interface SummaryMetric {
  readonly type: MetricType;
  readonly contains: MetricContents;
  readonly values: Readonly<Record<string, number>>;
  /** By expression; absent without thresholds. */
  thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** @returns text by file name, or null when the script has no handleSummary or it failed */
export async function runHandleSummary(
  run: TestRun,
  user: VirtualUser,
  setupText: string | undefined,
): Promise<Readonly<Record<string, string>> | null> {
  const { handleSummary } = user.exports;
  if (typeof handleSummary !== "function") return null;
  try {
    run.watch.allowUntil(monotonicMs() + SUMMARY_TIMEOUT_MS);
    const given: unknown = await handleSummary(summaryData(run, setupText));
    if (typeof given !== "object" || given === null) return {};
    return Object.fromEntries(Object.entries(given).map(([file, content]) => [file, asText(content)]));
  } catch (error) {
    run.log("error", `handleSummary(): ${run.compiled.stacks.describe(error)}`);
    return null;
  }
}

function asText(content: unknown): string {
  if (content instanceof ArrayBuffer) return Buffer.from(content).toString("utf8");
  return String(content);
}

/** The data in k6's shape. */
function summaryData(run: TestRun, setupText: string | undefined): Record<string, unknown> {
  return {
    root_group: groupTree(run.checks()),
    options: { summaryTrendStats: run.options.summaryTrendStats, summaryTimeUnit: "", noColor: true },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: run.elapsedSeconds() * 1000 },
    metrics: summaryMetrics(run),
    ...(setupText === undefined ? {} : { setup_data: JSON.parse(setupText) as unknown }),
  };
}

function summaryMetrics(run: TestRun): Record<string, SummaryMetric> {
  const trendStats = run.options.summaryTrendStats;
  const metrics: Record<string, SummaryMetric> = {};
  for (const { name, tags, type, contents, values } of run.metrics.results(trendStats)) {
    metrics[summaryKey(name, tags)] = { type, contains: contents, values };
  }
  const declared = new Map(run.metrics.declared().map((metric) => [metric.name, metric]));
  for (const { selector, expression, ok } of run.listener?.judge?.(run.metrics) ?? []) {
    const known = declared.get(selector.name);
    // What the agent measures is not among k6's metrics.
    if (known === undefined) continue;
    const key = summaryKey(selector.name, selector.tags);
    metrics[key] ??= {
      type: known.type,
      contains: known.contents,
      values: Object.fromEntries(valueNames(known.type, trendStats).map((name) => [name, 0])),
    };
    metrics[key].thresholds = { ...metrics[key].thresholds, [expression]: { ok } };
  }
  return metrics;
}

function summaryKey(name: string, tags: Tags): string {
  const selector = Object.entries(tags).map(([key, value]) => `${key}:${value}`);
  return selector.length === 0 ? name : `${name}{${selector.join(",")}}`;
}

/** What k6 gives a metric without samples that a threshold names, 0 each. */
function valueNames(type: MetricType, trendStats: readonly string[]): readonly string[] {
  switch (type) {
    case "counter":
      return ["count", "rate"];
    case "gauge":
      return ["value", "min", "max"];
    case "rate":
      return ["rate", "passes", "fails"];
    case "trend":
      return trendStats;
  }
}

function groupTree(checks: readonly CheckResult[]): SummaryGroup {
  const root: SummaryGroup = { name: "", path: "", id: summaryId(""), groups: [], checks: [] };
  for (const { name, path, passes, fails } of checks) {
    let group = root;
    for (const part of path.split("::").slice(1, -1)) {
      const groupPath = `${group.path}::${part}`;
      let inner = group.groups.find((candidate) => candidate.path === groupPath);
      if (inner === undefined) {
        inner = { name: part, path: groupPath, id: summaryId(groupPath), groups: [], checks: [] };
        group.groups.push(inner);
      }
      group = inner;
    }
    group.checks.push({ name, path, id: summaryId(path), passes, fails });
  }
  return root;
}

/** As k6 makes them. */
function summaryId(path: string): string {
  return createHash("md5").update(path).digest("hex");
}

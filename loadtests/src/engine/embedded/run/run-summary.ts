/** k6's `handleSummary`: the script makes its own reports from the figures. */

import { monotonicMs } from "../../../clock.js";
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
  const metrics: Record<string, unknown> = {};
  for (const { name, tags, type, contents, values } of run.metrics.results(run.options.summaryTrendStats)) {
    const selector = Object.entries(tags).map(([key, value]) => `${key}:${value}`);
    metrics[selector.length === 0 ? name : `${name}{${selector.join(",")}}`] = {
      type,
      contains: contents,
      values,
    };
  }
  return {
    root_group: groupTree(run.checks()),
    options: { summaryTrendStats: run.options.summaryTrendStats, summaryTimeUnit: "", noColor: true },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: run.elapsedSeconds() * 1000 },
    metrics,
    ...(setupText === undefined ? {} : { setup_data: JSON.parse(setupText) as unknown }),
  };
}

function groupTree(checks: readonly CheckResult[]): SummaryGroup {
  const root: SummaryGroup = { name: "", path: "", id: "", groups: [], checks: [] };
  for (const { name, path, passes, fails } of checks) {
    let group = root;
    for (const part of path.split("::").slice(1, -1)) {
      const groupPath = `${group.path}::${part}`;
      let inner = group.groups.find((candidate) => candidate.path === groupPath);
      if (inner === undefined) {
        inner = { name: part, path: groupPath, id: groupPath, groups: [], checks: [] };
        group.groups.push(inner);
      }
      group = inner;
    }
    group.checks.push({ name, path, id: path, passes, fails });
  }
  return root;
}

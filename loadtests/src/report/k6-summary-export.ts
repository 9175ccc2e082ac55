/**
 * The JSON of k6's `--summary-export`, which GitLab's load performance widget reads (of it:
 * `http_reqs.rate`, `http_req_waiting` p(90) and p(95), `checks.passes` and `.fails`). k6's own shape, with
 * its oddities: values lie flat in the metric, a rate is called `value`, and a threshold's boolean is true
 * when it FAILED.
 */

import type { CheckResult, MetricResult } from "../engine/engine.js";
import type { RunDocument } from "./run-document.js";

interface ExportedGroup {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly groups: Record<string, ExportedGroup>;
  readonly checks: Record<string, ExportedCheck>;
}

interface ExportedCheck {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly passes: number;
  readonly fails: number;
}

/** Text of the file, with a final line break. */
export function renderK6SummaryExport(document: RunDocument): string {
  const metrics = Object.fromEntries(
    Object.entries(document.client.metrics)
      .filter(([name, metric]) => name !== "checks" || hasChecks(metric))
      .map(([name, metric]) => [name, exportedMetric(name, metric, document)]),
  );
  return `${JSON.stringify({ root_group: rootGroup(document.client.checks), metrics }, null, 4)}\n`;
}

/** GitLab divides by their number, and would show NaN %; k6 leaves them out too. */
function hasChecks({ values }: MetricResult): boolean {
  return (values.passes ?? 0) + (values.fails ?? 0) > 0;
}

function exportedMetric(name: string, metric: MetricResult, document: RunDocument): Record<string, unknown> {
  const values = Object.fromEntries(
    Object.entries(metric.values).map(([key, value]) => [
      metric.type === "rate" && key === "rate" ? "value" : key,
      value,
    ]),
  );
  const thresholds = document.thresholds.filter((threshold) => threshold.metric === name);
  if (thresholds.length === 0) return values;
  return {
    ...values,
    thresholds: Object.fromEntries(thresholds.map((threshold) => [threshold.expression, !threshold.ok])),
  };
}

/**
 * k6 knows groups and checks by their path, `::group::check`. Its ids are hashes of the path; the path
 * serves.
 */
function rootGroup(checks: readonly CheckResult[]): ExportedGroup {
  const root = emptyGroup("", "");
  for (const check of checks) {
    const parts = check.path.split("::").filter((part) => part !== "");
    let group = root;
    for (const part of parts.slice(0, -1)) {
      const path = `${group.path}::${part}`;
      group = group.groups[part] ??= emptyGroup(part, path);
    }
    group.checks[check.name] = {
      name: check.name,
      path: check.path,
      id: check.path,
      passes: check.passes,
      fails: check.fails,
    };
  }
  return root;
}

/** Without a prototype: a group may be called `constructor`, and a check `__proto__`. */
function emptyGroup(name: string, path: string): ExportedGroup {
  return { name, path, id: path, groups: Object.create(null), checks: Object.create(null) };
}

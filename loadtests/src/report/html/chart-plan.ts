/** From seconds to charts: which lines, in which unit, thinned where there are many. */

import type { PageChart, PageLimit, PageLine, PageUnit } from "./page/page-data.js";
import { mostOf, rounded, thinned } from "./thinned-series.js";

/** A line as it is read off a second. */
export interface LinePlan<Second> {
  readonly label: string;
  /** Index into the page's palette. */
  readonly colour: number;
  readonly style?: PageLine["style"];
  readonly pick: (second: Second) => number | null;
  /** True: left out where it is nothing but zero. */
  readonly onlyIfAny?: boolean;
}

export interface ChartPlan<Second> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly unit: PageUnit;
  readonly lines: readonly LinePlan<Second>[];
  readonly marks?: boolean;
}

/**
 * Lines without any value, and charts without a line, are left out.
 *
 * @param startedAt second 0 of the time axis, epoch milliseconds.
 * @param limits those of the chart `latency`.
 */
export function chartsFrom<Second extends { readonly at: number }>(
  plans: readonly ChartPlan<Second>[],
  all: readonly Second[],
  startedAt: number,
  limits: readonly PageLimit[],
): readonly PageChart[] {
  const groups = thinned(all);
  const seconds = groups.map((group) => rounded(Math.max(0, ((group.at(-1)?.at ?? 0) - startedAt) / 1000)));
  return plans.flatMap((plan) => {
    const lines = plan.lines.flatMap((line): readonly PageLine[] => {
      const values = mostOf(groups, line.pick);
      const any = values.some((value) => value !== null && (value > 0 || line.onlyIfAny !== true));
      return any ? [{ label: line.label, values, colour: line.colour % 8, style: line.style ?? "line" }] : [];
    });
    if (lines.length === 0) return [];
    const { id, title, description, unit } = plan;
    const own = id === "latency" ? limits : [];
    return [{ id, title, description, unit, seconds, lines, limits: own, marks: plan.marks ?? false }];
  });
}

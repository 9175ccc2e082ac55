/** What the causes have in common: how bad it is, and the parts of a finding that are usually empty. */

import type { Finding } from "../report/run-document.js";

/** From this share of the slow requests on, a cause is the one to act on. */
const CRITICAL_SHARE = 0.25;

export function severityOf(share: number): Finding["severity"] {
  return share >= CRITICAL_SHARE ? "critical" : "warning";
}

/** A finding without a place in the code, unless one is given. */
export function draftFinding(
  parts: Pick<Finding, "id" | "cause" | "severity" | "title" | "evidence" | "remedy"> & Partial<Finding>,
): Finding {
  return { location: null, route: null, explainedSlowRequests: 0, ...parts };
}

/** The middle value; null of nothing. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

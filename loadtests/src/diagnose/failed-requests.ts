/** Finding: many requests failed. Says of what kind, because a fast error is no good latency. */

import { formatCount, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";

const NOTABLE_SHARE = 0.01;
const CRITICAL_SHARE = 0.1;

export function findFailedRequests(evidence: RunEvidence): readonly Finding[] {
  const { started, failed, timedOut } = evidence.requests;
  const share = started === 0 ? 0 : failed / started;
  if (share < NOTABLE_SHARE) return [];
  const statuses = Object.entries(evidence.byStatus)
    .filter(([status, count]) => count > 0 && (status === "0" || Number(status) >= 400))
    .sort((a, b) => b[1] - a[1]);
  const commonest = statuses[0]?.[0] ?? "0";
  return [
    draftFinding({
      id: "failures",
      cause: "failures",
      severity: share >= CRITICAL_SHARE ? "critical" : "warning",
      title: `${formatShare(share)} of the requests failed`,
      evidence: [
        `${formatCount(failed)} of ${formatCount(started)}${timedOut === 0 ? "" : `, ${formatCount(timedOut)} of them by timeout`}`,
        ...statuses
          .slice(0, 4)
          .map(
            ([status, count]) =>
              `${formatCount(count)} ${status === "0" ? "got no answer" : `were answered ${status}`}`,
          ),
      ],
      remedy: remedyFor(commonest),
    }),
  ];
}

function remedyFor(status: string): string {
  if (status === "0") {
    return "Look at the target's output for a crash, and at its limit on connections: these requests were refused, cut off or never answered.";
  }
  if (status === "429")
    return "The target limits the rate: raise its limit for the test, or spread the load over more clients.";
  if (status.startsWith("4"))
    return "The target refused these requests: check the script's addresses, credentials and data.";
  return "Look at the target's own log for these errors first: latencies of failed requests say little.";
}

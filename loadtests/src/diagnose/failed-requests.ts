/** Finding: many requests failed. Says of what kind, because a fast error is no good latency. */

import { formatCount, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { failureRemedy } from "./failure-remedies.js";
import { draftFinding } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";

const NOTABLE_SHARE = 0.01;
const CRITICAL_SHARE = 0.1;
const MOST_ERRORS = 4;
/** k6's word for it, on both engines. */
const TIMEOUT = "request timeout";

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
        ...evidence.errors
          // Those have been counted already.
          .filter(({ message }) => timedOut === 0 || message !== TIMEOUT)
          .slice(0, MOST_ERRORS)
          .map(({ message, requests }) => `${formatCount(requests)} by ${message}`),
      ],
      remedy: failureRemedy(commonest, evidence.errors[0]?.message),
    }),
  ];
}

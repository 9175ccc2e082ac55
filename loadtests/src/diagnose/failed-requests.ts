/** Finding: many requests failed. Says of what kind, because a fast error is no good latency. */

import { formatCount, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { failureRemedy } from "./failure-remedies.js";
import { draftFinding } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";

const NOTABLE_SHARE = 0.01;
const CRITICAL_SHARE = 0.1;
/** Told of each: statuses, and errors of requests that got no answer. */
const MOST_KINDS = 4;

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
          .slice(0, MOST_KINDS)
          .map(([status, count]) =>
            status === "0"
              ? `${formatCount(count)} got no answer${errorsSentence(evidence)}`
              : `${formatCount(count)} were answered ${status}`,
          ),
      ],
      remedy: failureRemedy(commonest, evidence.errors[0]?.message),
    }),
  ];
}

/** `: dial: connection refused`, or with counts where there were several errors. */
function errorsSentence({ errors }: RunEvidence): string {
  const [commonest, ...others] = errors.slice(0, MOST_KINDS);
  if (commonest === undefined) return "";
  if (others.length === 0) return `: ${commonest.message}`;
  return `: ${[commonest, ...others].map(({ message, requests }) => `${message} (${formatCount(requests)})`).join(", ")}`;
}

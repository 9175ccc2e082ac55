/**
 * Cause: the event loop had no rest: more work than one thread can do, none of it long enough to be a block.
 */

import { formatCount, formatNumber, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding, severityOf } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";
import { explainedShare, type SlowRequests, secondsOf, slowShareText } from "./slow-requests.js";

/** A second in which the loop was busy for this share had no room for what came next. */
const FULL = 0.95;
/** Where blocks make up this much of the busy time they are the story, and have findings of their own. */
const BLOCKS_DOMINATE = 0.5;
const NOTABLE_SHARE = 0.1;

export function findBusyLoop(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const { frames } = evidence;
  const full = frames.filter(
    (frame) =>
      frame.utilization >= FULL && frame.blockedMs / frame.windowMs < BLOCKS_DOMINATE * frame.utilization,
  );
  if (frames.length === 0 || full.length / frames.length < NOTABLE_SHARE) return [];
  const fullSeconds = new Set(full);
  const share = explainedShare(slow, (request) =>
    secondsOf(request, frames).reduce((sum, frame) => {
      const from = Math.max(request.intendedAt, frame.at - frame.windowMs);
      const to = Math.min(request.endAt, frame.at);
      return fullSeconds.has(frame) ? sum + Math.max(0, to - from) : sum;
    }, 0),
  );
  const cpuCores = full.reduce((sum, frame) => sum + frame.cpuCores, 0) / full.length;
  return [
    draftFinding({
      id: "saturation",
      cause: "saturation",
      severity: severityOf(share),
      title:
        share > 0
          ? `${slowShareText(share, slow)} waited for an event loop that had no rest`
          : "The event loop had no rest",
      evidence: [
        `busy for ${formatShare(FULL)} or more in ${formatCount(full.length)} of ${formatCount(frames.length)} seconds, without one long block`,
        `the process used ${formatNumber(cpuCores)} cores in them; one event loop can use one`,
      ],
      explainedSlowRequests: share,
      remedy:
        "One thread cannot do more: run more processes (cluster, or more replicas), do less for each request (cache, smaller answers), or move computation to worker threads. A CPU profile (POST /profile of the agent) shows where the time goes.",
    }),
  ];
}

/** Causes: work waited in a queue before anyone took it up; or a queue without a limit grew and grew. */

import type { QueueFrame } from "@loopscope/agent/catalog";
import { formatCount, formatMs } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding, severityOf } from "./finding-draft.js";
import { rankedWaits, waitFor } from "./ranked-wait.js";
import type { RunEvidence } from "./run-evidence.js";
import { explainedShare, type SlowRequests, slowShareText } from "./slow-requests.js";

const NOTABLE_WAIT_MS = 10;
const NOTABLE_SHARE = 0.05;
/** A queue that ends this many times longer than it was, and at least this long, is growing. */
const GROWTH_FACTOR = 3;
const GROWN_LENGTH = 50;

export function findQueueWait(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const names = new Set(evidence.frames.flatMap((frame) => frame.queues.map((queue) => queue.name)));
  return [...names].flatMap((name) => {
    const seen = evidence.frames.flatMap((frame) => frame.queues.filter((queue) => queue.name === name));
    const waitedMs = rankedWaits(slow, evidence, (frame) => waitFor(name, frame.queues));
    const share = explainedShare(slow, waitedMs);
    return isGrowing(seen) ? [growingFinding(name, seen, share)] : waitFinding(name, seen, share, slow);
  });
}

/** Without a limit, and longer in the last third than in the first. */
function isGrowing(seen: readonly QueueFrame[]): boolean {
  const third = Math.floor(seen.length / 3);
  if (third < 1 || seen.at(-1)?.capacity !== null) return false;
  const mean = (part: readonly QueueFrame[]): number =>
    part.reduce((sum, queue) => sum + queue.length, 0) / part.length;
  const last = mean(seen.slice(-third));
  return last >= GROWN_LENGTH && last >= GROWTH_FACTOR * mean(seen.slice(0, third));
}

function growingFinding(name: string, seen: readonly QueueFrame[], share: number): Finding {
  const end = seen.at(-1);
  return draftFinding({
    id: `unbounded-queue-${name}`,
    cause: "unbounded-queue",
    severity: "critical",
    title: `The queue ${name} has no limit and grew to ${formatCount(end?.length)}`,
    evidence: [
      `from ${formatCount(seen[0]?.length)} to ${formatCount(end?.length)} waiting tasks: more came in than its ${formatCount(end?.activeWorkers)} workers finished`,
      `a task waited ${formatMs(end?.wait.p95Ms)} at p95 in the last second`,
    ],
    explainedSlowRequests: share,
    remedy:
      "Give the queue a limit and refuse or slow down producers when it is reached (429 or 503 with Retry-After, or an awaited push): without backpressure waits and memory grow until the process dies. Then add workers, or make tasks shorter.",
  });
}

function waitFinding(
  name: string,
  seen: readonly QueueFrame[],
  share: number,
  slow: SlowRequests,
): readonly Finding[] {
  const longest = Math.max(0, ...seen.map((queue) => queue.wait.p95Ms ?? 0));
  if (share < NOTABLE_SHARE || longest < NOTABLE_WAIT_MS) return [];
  const most = seen.reduce((sum, queue) => Math.max(sum, queue.length), 0);
  const rejected = seen.reduce((sum, queue) => sum + queue.rejected, 0);
  return [
    draftFinding({
      id: `queue-wait-${name}`,
      cause: "queue-wait",
      severity: severityOf(share),
      title: `${slowShareText(share, slow)} waited in the queue ${name}`,
      evidence: [
        `waits of up to ${formatMs(longest)} at p95, up to ${formatCount(most)} tasks long`,
        ...(rejected === 0 ? [] : [`${formatCount(rejected)} tasks were refused`]),
      ],
      explainedSlowRequests: share,
      remedy:
        "Add workers where a core is free, make tasks shorter, or take in less: a queue only moves the wait.",
    }),
  ];
}

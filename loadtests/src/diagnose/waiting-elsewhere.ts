/**
 * Cause by elimination: requests were slow while the event loop was free and nothing measured held them up.
 * What is left is waiting for something outside the process (a database, a service, the network), or for
 * work in threads of its own that nobody measures: hashing, compression, files, workers.
 */

import type { SlowRequest } from "../engine/engine.js";
import { groupBlocks } from "../report/block-summary.js";
import { formatCount, formatMs } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { stretchesOf } from "./blocking-code.js";
import { isExplainedByCalls } from "./downstream-calls.js";
import { draftFinding } from "./finding-draft.js";
import { rankedWaits, waitFor } from "./ranked-wait.js";
import type { RunEvidence } from "./run-evidence.js";
import {
  areClearlySlow,
  commonestName,
  countOf,
  explains,
  medianTookMs,
  overlapMs,
  type SlowRequests,
  secondsOf,
  slowShareText,
  waitWithoutBlocks,
} from "./slow-requests.js";

/** A loop that is busier than this may itself be what requests wait for. */
const FREE_LOOP = 0.8;
const NOTABLE_SHARE = 0.2;
/** Higher than for causes that were measured: what was seen goes before what was concluded. */
const CRITICAL_SHARE = 0.5;
const LEAST_REQUESTS = 10;

export function findWaitingElsewhere(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  if (evidence.target === null || evidence.frames.length === 0) return [];
  const stretches = stretchesOf(evidence.blocks);
  const waits = measuredWaits(evidence, slow);
  const elsewhere = slow.requests.filter((request) => {
    if (isMeasured(request, evidence, slow, [overlapMs(request, stretches), ...waits(request)])) return false;
    if (isExplainedByCalls(request, evidence, slow)) return false;
    const seconds = secondsOf(request, evidence.frames);
    const busy = seconds.reduce((sum, frame) => sum + frame.utilization, 0) / Math.max(1, seconds.length);
    return seconds.length > 0 && busy < FREE_LOOP;
  });
  const share = countOf(elsewhere) / Math.max(1, countOf(slow.requests));
  const middle = medianTookMs(elsewhere) ?? 0;
  if (!areClearlySlow(elsewhere, slow) || share < NOTABLE_SHARE || countOf(elsewhere) < LEAST_REQUESTS)
    return [];
  const name = commonestName(elsewhere);
  return [
    draftFinding({
      id: "waited-elsewhere",
      cause: "slow-downstream",
      // Without a limit of the user's the slowest requests are slow by comparison only.
      severity: slow.limitFrom === "threshold" && share >= CRITICAL_SHARE ? "critical" : "warning",
      title: `${slowShareText(share, slow)} waited for something off the event loop`,
      evidence: [
        `${formatCount(Math.round(countOf(elsewhere)))} slow requests (${formatMs(middle)} in the middle) while the event loop was free and nothing that was measured held them up`,
        `most often ${name}`,
        ...(evidence.frames.some((frame) => frame.pools.length > 0)
          ? []
          : ["no pool of connections was seen: a wait for one would look the same"]),
        ...computingLine(evidence),
        "found by elimination: a database or another service, or work in the process's own threads",
      ],
      route: name,
      explainedSlowRequests: share,
      remedy:
        "Look at what this request calls: the database (missing index, locks, N+1 queries), other services, DNS, or work that it gives to threads (hashing, compression, files), which takes its time there. Give every outside call a timeout, retry few times with backoff and jitter, break the circuit when it keeps failing, and cache what may be cached.",
    }),
  ];
}

/** What the service's own worker threads were busy with meanwhile. */
function computingLine({ computing }: RunEvidence): readonly string[] {
  const [most] = groupBlocks(computing);
  if (most === undefined) return [];
  const name = most.function ?? "code without a name";
  return [
    `worker threads computed meanwhile, most in ${name}: ${formatMs(most.totalMs)} in ${most.count} goes`,
  ];
}

/** For each pool and queue, how long a slow request waited for it. */
function measuredWaits(
  evidence: RunEvidence,
  slow: SlowRequests,
): (request: SlowRequest) => readonly number[] {
  const { frames } = evidence;
  const pools = new Set(frames.flatMap((frame) => frame.pools.map(({ name }) => name)));
  const queues = new Set(frames.flatMap((frame) => frame.queues.map(({ name }) => name)));
  const waits = [
    ...[...pools].map((name) => rankedWaits(slow, evidence, (frame) => waitFor(name, frame.pools))),
    ...[...queues].map((name) => rankedWaits(slow, evidence, (frame) => waitFor(name, frame.queues))),
  ];
  return (request) => waits.map((waitedMs) => waitedMs(request));
}

/** True when blocks, collections, pools, queues, the thread pool or the generator explain it. */
function isMeasured(
  request: SlowRequest,
  evidence: RunEvidence,
  slow: SlowRequests,
  waitsMs: readonly number[],
): boolean {
  const ofSeconds = secondsOf(request, evidence.frames).map((frame) =>
    Math.max(frame.gcMaxPauseMs, waitWithoutBlocks(frame.threadPoolDelayMs, frame)),
  );
  const coveredMs = Math.max(request.sentAt - request.intendedAt, ...waitsMs, ...ofSeconds);
  return explains(coveredMs, request, slow.usualMs);
}

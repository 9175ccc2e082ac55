/**
 * Cause: the machine or the container, not the service. It stood still, throttled the process, or gave its
 * CPUs to somebody else. What is measured only by the second in such times is not held against the service.
 */

import { formatCount, formatMs, formatPlural } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import type { ClientSecond, TargetSecond } from "../report/run-timeline.js";
import { BLOCK_REMEDIES } from "./block-remedies.js";
import { stretchesOf } from "./blocking-code.js";
import { draftFinding, severityOf } from "./finding-draft.js";
import { isIdle, latenessWhere } from "./late-generator.js";
import type { RunEvidence } from "./run-evidence.js";
import {
  explainedShare,
  overlapMs,
  type SlowRequests,
  type Stretch,
  secondsOf,
  slowShareText,
} from "./slow-requests.js";
import { isCrowded, isOfStampede, meets, starvedSeconds } from "./starving-stampede.js";

const NOTABLE_SHARE = 0.1;
/** A generator that has time is never this late by its own fault, milliseconds. */
const DISTURBED_SLIP_MS = 20;

export function findDisturbedHost(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const starved = starvedSeconds(evidence);
  const blocks = evidence.blocks.filter((block) => block.cause === "host" && !isOfStampede(block, starved));
  const isMeant = (second: ClientSecond): boolean => isIdle(second) && !meets(stretchOf(second), starved);
  const stretches = stretchesOf(blocks);
  const share = explainedShare(slow, (request) =>
    Math.max(
      overlapMs(request, stretches),
      latenessWhere(request, evidence, isMeant),
      ...secondsOf(request, evidence.frames).map((second) =>
        starved.includes(second) ? 0 : notableRunQueueMs(second),
      ),
    ),
  );
  if (share < NOTABLE_SHARE) return [];
  const slip = Math.max(0, ...evidence.client.filter(isIdle).map((second) => second.slipP99Ms ?? 0));
  const waits = evidence.frames.flatMap((frame) => (frame.runQueueMs === null ? [] : [frame.runQueueMs]));
  const blockedMs = blocks.reduce((sum, block) => sum + block.durationMs, 0);
  const disturbed = disturbedCount(evidence);
  return [
    draftFinding({
      id: "host",
      cause: "host",
      severity: severityOf(share),
      title: `${slowShareText(share, slow)} waited for the machine, not for the service`,
      evidence: [
        ...(blocks.length === 0
          ? []
          : [
              `it stopped the event loop ${formatPlural(blocks.length, "time")}, ${formatMs(blockedMs)} in all`,
            ]),
        ...(slip < DISTURBED_SLIP_MS
          ? []
          : [
              `the load generator had time and was up to ${formatMs(slip)} late all the same (p99 of a second)`,
            ]),
        ...(waits.length === 0
          ? []
          : [`the target waited up to ${formatMs(Math.max(...waits))} in a second for a CPU`]),
        ...(disturbed === 0
          ? []
          : [`${formatCount(disturbed)} of ${formatCount(evidence.client.length)} seconds were disturbed`]),
      ],
      explainedSlowRequests: share,
      remedy: BLOCK_REMEDIES.host,
    }),
  ];
}

/** Little waits are every second's: only those that disturb it are held against the machine. */
function notableRunQueueMs(second: TargetSecond): number {
  return isCrowded(second) ? (second.runQueueMs ?? 0) : 0;
}

/** The frames of seconds in which the machine was not in the way. */
export function undisturbedFrames(evidence: Pick<RunEvidence, "client" | "frames">): readonly TargetSecond[] {
  const disturbed = evidence.client.filter(isDisturbed);
  const starved = new Set(starvedSeconds(evidence));
  return evidence.frames.filter(
    (frame) =>
      starved.has(frame) ||
      !(isCrowded(frame) || disturbed.some((second) => meets(stretchOf(second), [frame]))),
  );
}

function stretchOf(second: ClientSecond): Stretch {
  return { from: second.at - second.durationMs, to: second.at };
}

function disturbedCount(evidence: RunEvidence): number {
  return evidence.client.filter(isDisturbed).length;
}

function isDisturbed(second: ClientSecond): boolean {
  return isIdle(second) && (second.slipP99Ms ?? 0) >= DISTURBED_SLIP_MS;
}

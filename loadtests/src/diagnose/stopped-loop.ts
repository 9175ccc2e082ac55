/**
 * Causes: the event loop stood still for a reason that is no line of the service: collections, host, many
 * tasks.
 */

import { groupBlocks } from "../report/block-summary.js";
import { formatMs, formatPlural, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { BLOCK_REMEDIES } from "./block-remedies.js";
import { locationOf, stretchesOf } from "./blocking-code.js";
import { draftFinding, severityOf } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";
import { explainedShare, overlapMs, type SlowRequests, secondsOf, slowShareText } from "./slow-requests.js";

/** Pauses that take this share of the run are worth a finding even where they explain no slow request. */
const NOTABLE_SHARE = 0.05;

/** Shorter pauses happen in every healthy process, and only their second is known, milliseconds. */
const NOTABLE_PAUSE_MS = 20;

const SUBJECTS = {
  gc: "garbage collection",
  "many-tasks": "many short tasks in one turn of the event loop",
} as const;

/** Pauses of the collector: its own blocks, and shorter pauses from the frames. */
export function findGarbageCollection(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const blocks = evidence.blocks.filter((block) => block.cause === "gc");
  const pauseMs = evidence.frames.reduce((sum, frame) => sum + frame.gcPauseMs, 0);
  const longestMs = Math.max(0, ...evidence.frames.map((frame) => frame.gcMaxPauseMs));
  const stretches = stretchesOf(blocks);
  // A pause that is no block is known by its second only: it counts where one alone could explain the request.
  const share = explainedShare(slow, (request) =>
    Math.max(
      overlapMs(request, stretches),
      ...secondsOf(request, evidence.frames).map((frame) =>
        frame.gcMaxPauseMs >= NOTABLE_PAUSE_MS ? frame.gcMaxPauseMs : 0,
      ),
    ),
  );
  const ofRun = pauseMs / runMsOf(evidence);
  if (share < NOTABLE_SHARE && ofRun < NOTABLE_SHARE) return [];
  // Where collections struck is where memory was asked for, most often.
  const [commonest] = groupBlocks(blocks.filter((block) => block.file !== null));
  return [
    draftFinding({
      location: commonest === undefined ? null : locationOf(commonest),
      route: commonest?.routes[0] ?? null,
      id: "gc",
      cause: "gc",
      severity: severityOf(Math.max(share, ofRun)),
      title: titleOf("gc", share, slow),
      evidence: [
        `collections stopped the program for ${formatMs(pauseMs)} in all (${formatShare(ofRun)} of the run), longest ${formatMs(longestMs)}`,
        ...(blocks.length === 0
          ? []
          : [`${formatPlural(blocks.length, "block")} of the event loop were collections`]),
        ...heapText(evidence),
      ],
      explainedSlowRequests: share,
      remedy: BLOCK_REMEDIES.gc,
    }),
  ];
}

/** No single culprit: too many tasks became ready together. */
export function findManyTasks(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const blocks = evidence.blocks.filter((block) => block.cause === "many-tasks");
  const stretches = stretchesOf(blocks);
  const share = explainedShare(slow, (request) => overlapMs(request, stretches));
  const totalMs = blocks.reduce((sum, block) => sum + block.durationMs, 0);
  const ofRun = totalMs / runMsOf(evidence);
  if (share < NOTABLE_SHARE && ofRun < NOTABLE_SHARE) return [];
  return [
    draftFinding({
      id: "many-tasks",
      cause: "many-tasks",
      severity: severityOf(Math.max(share, ofRun)),
      title: titleOf("many-tasks", share, slow),
      evidence: [
        `${formatPlural(blocks.length, "block")}, ${formatMs(totalMs)} in all (${formatShare(ofRun)} of the run)`,
        "no single function held the loop for long",
      ],
      explainedSlowRequests: share,
      remedy: BLOCK_REMEDIES["many-tasks"],
    }),
  ];
}

function titleOf(cause: keyof typeof SUBJECTS, share: number, slow: SlowRequests): string {
  const subject = SUBJECTS[cause];
  return share > 0
    ? `${slowShareText(share, slow)} waited behind ${subject}`
    : `The event loop stood still for ${subject}`;
}

function heapText(evidence: RunEvidence): readonly string[] {
  const memory = evidence.target?.memory;
  if (memory === undefined || memory.heapLimitBytes <= 0) return [];
  return [`the heap was ${formatShare(memory.heapUsedBytes.max / memory.heapLimitBytes)} full at most`];
}

export function runMsOf(evidence: Pick<RunEvidence, "startedAt" | "endedAt">): number {
  return Math.max(1, evidence.endedAt - evidence.startedAt);
}

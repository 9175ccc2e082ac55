/** Cause: a function of the service (or a call that it makes) held the event loop while requests waited. */

import type { Block } from "@loopscope/agent/catalog";
import { BLOCK_CAUSE_LABELS } from "../report/block-cause-labels.js";
import { type BlockGroup, blockKey, groupBlocks } from "../report/block-summary.js";
import { formatMs, formatPlural, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { BLOCK_REMEDIES } from "./block-remedies.js";
import type { RunEvidence } from "./run-evidence.js";
import {
  countOf,
  explainedShare,
  explains,
  overlapMs,
  type SlowRequests,
  type Stretch,
  slowShareText,
} from "./slow-requests.js";

/** These have files of their own. */
const NOT_CODE: ReadonlySet<Block["cause"]> = new Set(["gc", "host", "many-tasks"]);
/**
 * Blocks that explain no slow request are left to the table of blocks, unless they come back and take this
 * share of the run: one that happens once, at the first request, is the program warming up.
 */
const LEAST_BLOCKED_SHARE = 0.01;
const LEAST_COUNT = 3;
const MOST_FINDINGS = 8;
/** Thresholds on the event loop itself: what broke one is told, whether a request noticed or not. */
const BLOCK_LIMITS = /^target_(blocks|blocked_time|eventloop_delay)(\{|$)/;

/** One finding for each culprit, the one that explains most first. */
export function findBlockingCode(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const code = evidence.blocks.filter((block) => !NOT_CODE.has(block.cause));
  const runMs = Math.max(1, evidence.endedAt - evidence.startedAt);
  const brokeLimit = evidence.thresholds.some(({ metric, ok }) => !ok && BLOCK_LIMITS.test(metric));
  return groupBlocks(code)
    .map((group) => blockFinding(group, evidence, slow))
    .filter(
      ({ finding, group }) =>
        finding.explainedSlowRequests > 0 ||
        brokeLimit ||
        (group.count >= LEAST_COUNT && group.totalMs / runMs >= LEAST_BLOCKED_SHARE),
    )
    .map(({ finding }) => finding)
    .slice(0, MOST_FINDINGS);
}

/** Where the stretches of a set of blocks lie. */
export function stretchesOf(blocks: readonly Block[]): readonly { from: number; to: number }[] {
  return blocks.map((block) => ({ from: block.at, to: block.at + block.durationMs }));
}

function blockFinding(
  group: BlockGroup,
  evidence: RunEvidence,
  slow: SlowRequests,
): { readonly finding: Finding; readonly group: BlockGroup } {
  const key = blockKey(group.longest);
  const stretches = stretchesOf(evidence.blocks.filter((block) => blockKey(block) === key));
  const share = explainedShare(slow, (request) => overlapMs(request, stretches));
  const runMs = Math.max(1, evidence.endedAt - evidence.startedAt);
  const culprit = group.function ?? group.userFrame?.function ?? "code without a name";
  const title =
    share > 0
      ? `${slowShareText(share, slow)} waited behind ${culprit}: ${BLOCK_CAUSE_LABELS[group.cause]}`
      : `The event loop was blocked by ${culprit}: ${BLOCK_CAUSE_LABELS[group.cause]}`;
  return {
    group,
    finding: {
      id: `block-${group.cause}-${shortHash(key)}`,
      cause: group.cause,
      severity: share >= 0.1 || group.totalMs / runMs >= 0.1 ? "critical" : "warning",
      title,
      evidence: [...blockEvidence(group, evidence, runMs), ...matchedById(key, stretches, evidence, slow)],
      location: locationOf(group),
      route: group.routes[0] ?? null,
      explainedSlowRequests: share,
      remedy: BLOCK_REMEDIES[group.cause],
    },
  };
}

function blockEvidence(group: BlockGroup, evidence: RunEvidence, runMs: number): readonly string[] {
  const same = evidence.blocks.filter((block) => blockKey(block) === blockKey(group.longest));
  const victims = same.reduce((sum, block) => sum + (block.evidence.victims ?? 0), 0);
  const victimDelay = same.reduce((sum, block) => sum + (block.evidence.victimDelayMs ?? 0), 0);
  const native = group.longest.evidence.nativeCall;
  return [
    `${formatPlural(group.count, "block")}, ${formatMs(group.totalMs)} in all (${formatShare(group.totalMs / runMs)} of the run), longest ${formatMs(group.longestMs)}`,
    ...(group.routes.length < 2 ? [] : [`while serving ${group.routes.slice(0, 3).join(", ")}`]),
    ...(victims === 0
      ? []
      : [
          `other requests in flight were held up ${formatPlural(victims, "time")}, ${formatMs(victimDelay)} in all`,
        ]),
    ...(native === null ? [] : [`most of the longest block was spent in ${native}`]),
    confidenceText(group),
  ];
}

/** Who of the explained requests ran the code, and who waited behind another: known where requests have ids. */
function matchedById(
  key: string,
  stretches: readonly Stretch[],
  evidence: RunEvidence,
  slow: SlowRequests,
): readonly string[] {
  const ran = new Set(
    evidence.blocks.flatMap((block) =>
      blockKey(block) === key && block.requestId !== null ? [block.requestId] : [],
    ),
  );
  const explained = slow.requests.filter(
    (request) => request.id !== undefined && explains(overlapMs(request, stretches), request, slow.usualMs),
  );
  const own = countOf(explained.filter(({ id }) => id !== undefined && ran.has(id)));
  if (ran.size === 0 || explained.length === 0) return [];
  const share = own / countOf(explained);
  if (share === 0) return ["by their ids none of these requests ran it: all waited behind others that did"];
  const others = share < 1 ? ", the others waited behind them" : "";
  return [`by their ids ${formatShare(share)} of these requests ran it themselves${others}`];
}

function confidenceText(group: BlockGroup): string {
  const samples = formatPlural(group.longest.samples, "stack sample");
  switch (group.confidence) {
    case "exact":
      return group.longest.samples > 0
        ? `the line was seen while it blocked (${samples} in the longest block)`
        : "the call was timed as it ran, so its line is exact";
    case "inferred":
      return "the call was inferred from where the code went on: the line is the most likely one";
    case "caller":
      return "only the calling frame is sure: the time was spent in something that it called";
    case "unknown":
      return "no stack could be taken in time: the place is not sure";
  }
}

/** The user's own line where there is one, with the culprit's name. */
export function locationOf(group: BlockGroup): Finding["location"] {
  const place = group.userFrame ?? group;
  if (place.file === null || place.line === null) return null;
  return {
    function: group.function ?? place.function ?? "(anonymous)",
    file: place.file,
    line: place.line,
    column: place.column ?? 1,
  };
}

/** FNV-1a, 32 bits: the same culprit has the same id in every run. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

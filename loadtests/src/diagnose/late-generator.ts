/** Cause: the load generator itself sent late, so the slowness is its own and not the target's. */

import type { SlowRequest } from "../engine/engine.js";
import { SHORTEST_INTERVAL_MS } from "../measure/interval-length.js";
import { formatMs, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import type { ClientSecond } from "../report/run-timeline.js";
import { draftFinding, severityOf } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";
import { explainedShare, type SlowRequests, slowShareText } from "./slow-requests.js";

const NOTABLE_SHARE = 0.1;
/** A generator whose own event loop is this busy can no longer keep time. */
const BUSY_GENERATOR = 0.8;

export function findLateGenerator(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const share = explainedShare(slow, (request) => latenessWhere(request, evidence, isBusy));
  const busy = busyShare(evidence.client.filter(({ durationMs }) => durationMs >= SHORTEST_INTERVAL_MS));
  if (share < NOTABLE_SHARE && busy < 0.5) return [];
  const slip = Math.max(0, ...evidence.client.map((second) => second.slipP99Ms ?? 0));
  return [
    draftFinding({
      id: "generator",
      cause: "generator",
      severity: severityOf(Math.max(share, busy / 2)),
      title:
        share > 0
          ? `${slowShareText(share, slow)} were sent late by the load generator itself`
          : "The load generator was at its own limit",
      evidence: [
        `it sent up to ${formatMs(slip)} late (p99 of its worst second)`,
        `its own event loop was full in ${formatShare(busy)} of the seconds`,
      ],
      explainedSlowRequests: share,
      remedy:
        "These latencies say little about the target. Run the generator on a machine or a core of its own, lower the rate, make the script's own work smaller, or spread the load over several machines.",
    }),
  ];
}

/** 0 where nothing was long enough to say. */
function busyShare(seconds: readonly ClientSecond[]): number {
  const lengthOf = (some: readonly ClientSecond[]) => some.reduce((sum, one) => sum + one.durationMs, 0);
  return lengthOf(seconds.filter(isBusy)) / Math.max(1, lengthOf(seconds));
}

/**
 * How late a request was sent, milliseconds, if the second in which that happened is one of those meant; else
 * 0.
 */
export function latenessWhere(
  request: SlowRequest,
  evidence: Pick<RunEvidence, "client">,
  isMeant: (second: ClientSecond) => boolean,
): number {
  const second = evidence.client.find((one) => one.at >= request.sentAt);
  return second !== undefined && isMeant(second) ? request.sentAt - request.intendedAt : 0;
}

function isBusy(second: ClientSecond): boolean {
  return second.generatorUtilization >= BUSY_GENERATOR;
}

/** The generator had time and was late all the same: something else had the CPU. */
export function isIdle(second: ClientSecond): boolean {
  return !isBusy(second);
}

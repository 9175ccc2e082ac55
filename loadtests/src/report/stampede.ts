/** Many asking the same at the same time: what else is slow then is slow because of them. */

import type { DownstreamFrame } from "@loopscope/agent/catalog";
import type { TargetSecond } from "./run-timeline.js";

/** Fewer identical calls at once are chance. */
export const STAMPEDE_CALLS = 5;

export function isStampede(calls: Pick<DownstreamFrame, "mostAlike">): boolean {
  return calls.mostAlike >= STAMPEDE_CALLS;
}

/**
 * True for a second in which the service asked for the same many times over: a pool, or a machine that it
 * shares with its database, is then full of what nobody needed.
 */
export function hasStampede(second: TargetSecond): boolean {
  return second.downstream.some((calls) => isStampede(calls) && !wereGathered(second, calls));
}

/** True when no more asked the same at once than were held up together by the longest block: no stampede. */
export function wereGathered(second: TargetSecond, calls: DownstreamFrame): boolean {
  if (second.blockedMs === 0) return false;
  const heldUp = (calls.calls / Math.max(1, second.windowMs)) * (second.delayMaxMs ?? 0);
  return calls.mostAlike < STAMPEDE_CALLS + heldUp;
}

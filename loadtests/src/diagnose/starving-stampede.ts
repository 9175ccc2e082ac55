/**
 * A database on the service's own machine that is asked for the same many times over takes the processors
 * from the service: what then looks like a disturbed machine is the stampede's. Pure.
 */

import type { Block } from "@loopscope/agent/catalog";
import type { TargetSecond } from "../report/run-timeline.js";
import { isStampede, wereGathered } from "../report/stampede.js";
import type { RunEvidence } from "./run-evidence.js";
import type { Stretch } from "./slow-requests.js";

/** The target's main thread had to wait this long for a CPU within a second, milliseconds. */
const CROWDED_RUN_QUEUE_MS = 100;
/**
 * And at least one wait was this long, milliseconds: a thread that is woken two thousand times a second, by
 * as many answers of a database, waits 0.1 ms each time on a machine that nobody disturbs.
 */
const CROWDED_DELAY_MS = 20;
/** A stampede that takes the processors does so in most of its seconds; one beside a noisy neighbour does not. */
const LEAST_STARVED_SHARE = 0.5;
/** A block was a wait for a CPU when that took so much of it. */
const RUN_QUEUE_SHARE = 0.5;

/** Others had the CPU for a good part of that second. */
export function isCrowded(second: TargetSecond): boolean {
  return (
    (second.runQueueMs ?? 0) >= CROWDED_RUN_QUEUE_MS &&
    (second.delayMaxMs ?? CROWDED_DELAY_MS) >= CROWDED_DELAY_MS
  );
}

/** Seconds of stampedes, if it is they that crowd the machine; else none. */
export function starvedSeconds({ frames }: Pick<RunEvidence, "frames">): readonly TargetSecond[] {
  const stampedes = frames.filter(hasQueryStampede);
  const others = frames.filter((frame) => !hasQueryStampede(frame));
  const share = crowdedShare(stampedes);
  return share >= LEAST_STARVED_SHARE && share > crowdedShare(others) ? stampedes : [];
}

/** True of a block in which the process waited for a CPU that a stampede had. */
export function isOfStampede(block: Block, starved: readonly TargetSecond[]): boolean {
  const waitedMs = block.evidence.runQueueMs ?? 0;
  if (block.cause !== "host" || waitedMs < RUN_QUEUE_SHARE * block.durationMs) return false;
  return meets({ from: block.at, to: block.at + block.durationMs }, starved);
}

/** True when any of the seconds shares some time with the stretch. */
export function meets({ from, to }: Stretch, seconds: readonly TargetSecond[]): boolean {
  return seconds.some((second) => second.at > from && second.at - second.windowMs < to);
}

function hasQueryStampede(second: TargetSecond): boolean {
  return second.downstream.some(
    (calls) => calls.kind === "database" && isStampede(calls) && !wereGathered(second, calls),
  );
}

function crowdedShare(seconds: readonly TargetSecond[]): number {
  return seconds.length === 0 ? 0 : seconds.filter(isCrowded).length / seconds.length;
}

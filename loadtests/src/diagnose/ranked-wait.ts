/**
 * How long a request waited for a pool or a queue, where only each second's distribution of waits is known:
 * the longest waits of a second are taken to be those of the requests that took longest. A percentile for all
 * would overlook the few that waited while most did not. Pure.
 */

import type { DurationSummary } from "@loopscope/agent/catalog";
import type { SlowRequest } from "../engine/engine.js";
import type { TargetSecond } from "../report/run-timeline.js";
import { stretchesOf } from "./blocking-code.js";
import type { RunEvidence } from "./run-evidence.js";
import { overlapMs, type SlowRequests, secondsOf, tookMs } from "./slow-requests.js";

/** The waits of one pool or queue that ended in a second; null where there was none. */
type WaitsIn = (second: TargetSecond) => DurationSummary | null;

/**
 * @returns how long a slow request waited for it, milliseconds, without what blocks of the loop added.
 */
export function rankedWaits(
  slow: SlowRequests,
  evidence: Pick<RunEvidence, "frames" | "blocks">,
  waitsIn: WaitsIn,
): (request: SlowRequest) => number {
  const ranks = ranksOf(slow, evidence);
  const blocked = stretchesOf(evidence.blocks);
  return (request) => {
    const waits = secondsOf(request, evidence.frames).map((second) => {
      const wait = waitsIn(second);
      return wait === null ? 0 : waitWithin(tookMs(request), wait, ranks.get(request) ?? 0);
    });
    return Math.max(0, ...waits) - overlapMs(request, blocked);
  };
}

/** The waits for the pool or queue of that name in a second; null where there is none. */
export function waitFor(
  name: string,
  all: readonly { readonly name: string; readonly wait: DurationSummary }[],
): DurationSummary | null {
  return all.find((one) => one.name === name)?.wait ?? null;
}

/** For each slow request how many of those that ended in the same second took longer. */
function ranksOf(
  slow: SlowRequests,
  { frames }: Pick<RunEvidence, "frames">,
): ReadonlyMap<SlowRequest, number> {
  const bySecond = new Map<TargetSecond | undefined, SlowRequest[]>();
  for (const request of slow.requests) {
    const second = secondsOf(request, frames).at(-1);
    const together = bySecond.get(second);
    if (together === undefined) bySecond.set(second, [request]);
    else together.push(request);
  }
  const ranks = new Map<SlowRequest, number>();
  for (const together of bySecond.values()) {
    let longer = 0;
    for (const request of together.sort((a, b) => tookMs(b) - tookMs(a))) {
      const { weight = 1 } = request;
      ranks.set(request, longer + weight / 2);
      longer += weight;
    }
  }
  return ranks;
}

/**
 * A wait that is longer than the request is none of its own: work that no request waits for waits in queues,
 * too. Then it is the longest that is known to fit.
 */
function waitWithin(requestMs: number, wait: DurationSummary, rank: number): number {
  const { leastMs, likelyMs } = waitAtRank(wait, rank);
  return leastMs <= requestMs ? Math.min(likelyMs, requestMs) : longestWithin(requestMs, wait);
}

/**
 * The longest of the known percentiles that fits into a request, milliseconds. Of the quicker half only the
 * slowest, the median, is known: a request of half that may be one of its quick ones, a shorter one is none.
 */
export function longestWithin(
  requestMs: number,
  { p50Ms, p90Ms, p95Ms, p99Ms, maxMs }: DurationSummary,
): number {
  const fitting = [p50Ms, p90Ms, p95Ms, p99Ms, maxMs].flatMap((ms) =>
    ms !== null && ms <= requestMs ? [ms] : [],
  );
  return fitting.at(-1) ?? (mayFit(requestMs, p50Ms) ? requestMs : 0);
}

/** True when a request of this length may have waited for a call, or a turn, of which half took the median. */
export function mayFit(requestMs: number, medianMs: number | null): boolean {
  return (medianMs ?? 0) <= 2 * requestMs;
}

/**
 * The wait that `rank` others exceeded: the known percentile below it, and one between that and the next in
 * proportion; below the median, that.
 */
function waitAtRank(wait: DurationSummary, rank: number): { leastMs: number; likelyMs: number } {
  const share = 1 - rank / Math.max(1, wait.count);
  const known = [
    [0.5, wait.p50Ms],
    [0.9, wait.p90Ms],
    [0.95, wait.p95Ms],
    [0.99, wait.p99Ms],
    [1, wait.maxMs],
  ] as const;
  let [below, leastMs] = [0.5, wait.p50Ms ?? 0];
  for (const [at, ms] of known) {
    if (ms === null) continue;
    if (share <= at) {
      const likelyMs = at === below ? ms : leastMs + ((ms - leastMs) * (share - below)) / (at - below);
      return { leastMs, likelyMs };
    }
    [below, leastMs] = [at, ms];
  }
  return { leastMs, likelyMs: leastMs };
}

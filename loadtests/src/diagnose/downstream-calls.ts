/**
 * Causes that lie in what the service asks of others: slow or too many queries, the same answer asked for by
 * many at once, retries of what fails, services that answer late or not at all.
 */

import type { DownstreamFrame } from "@loopscope/agent/catalog";
import type { SlowRequest } from "../engine/engine.js";
import { formatCount, formatMs, formatNumber, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import type { TargetSecond } from "../report/run-timeline.js";
import { isStampede, wereGathered } from "../report/stampede.js";
import { stretchesOf } from "./blocking-code.js";
import { DOWNSTREAM_REMEDIES, type DownstreamCause } from "./downstream-remedies.js";
import { draftFinding, medianOf, severityOf } from "./finding-draft.js";
import { longestWithin, mayFit } from "./ranked-wait.js";
import type { RunEvidence } from "./run-evidence.js";
import {
  areClearlySlow,
  commonestName,
  countOf,
  explains,
  fullName,
  overlapMs,
  type SlowRequests,
  secondsOf,
  slowShareText,
  tookMs,
  waitWithoutBlocks,
} from "./slow-requests.js";
import { isCrowded, isOfStampede, starvedSeconds } from "./starving-stampede.js";

const NOTABLE_SHARE = 0.1;
/** Or this share of the slow requests of one name, and so many of them: others may all wait for something else. */
const NOTABLE_SHARE_OF_NAME = 0.25;
const LEAST_OF_NAME = 10;
/** From so many calls a request on, their number is the cause and not the time of each. */
const MANY_CALLS = 8;
/** Their time together is then at least so many times that of one. */
const CLEARLY_MANY = 2;
const STORM_CALLS = 3;
const STORM_FAILURES = 0.3;

/** What one destination had to do with one slow request. */
interface Part {
  readonly cause: DownstreamCause;
  readonly name: string;
  readonly coveredMs: number;
}

/** One finding for each cause and destination, the one that explains most first. */
export function findDownstreamCalls(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const explained = new Map<string, { readonly part: Part; readonly requests: SlowRequest[] }>();
  const starved = starvedSeconds(evidence);
  const blocked = stretchesOf(evidence.blocks.filter((block) => !isOfStampede(block, starved)));
  for (const request of slow.requests) {
    // A call that was under way while the loop was blocked looks slow, and is not.
    if (explains(overlapMs(request, blocked), request, slow.usualMs)) continue;
    const part = partOf(request, evidence, slow);
    if (part === null) continue;
    const key = `${part.cause} ${part.name}`;
    const group = explained.get(key) ?? { part, requests: [] };
    group.requests.push(request);
    explained.set(key, group);
  }
  return [...explained.values()]
    .map(({ part, requests }) => ({ part, requests, share: countOf(requests) / countOf(slow.requests) }))
    .filter(({ share, requests }) => share >= NOTABLE_SHARE || isNotableOfName(requests, slow))
    .filter(({ requests }) => areClearlySlow(requests, slow))
    .sort((a, b) => b.share - a.share)
    .map(({ part, requests, share }) => finding(part, requests, share, evidence, slow));
}

/** True when they are a good part of what was slow under the name that is commonest among them. */
function isNotableOfName(requests: readonly SlowRequest[], slow: SlowRequests): boolean {
  const name = commonestName(requests);
  const isMeant = (request: SlowRequest): boolean => fullName(request) === name;
  const count = countOf(requests.filter(isMeant));
  return count >= LEAST_OF_NAME && count >= NOTABLE_SHARE_OF_NAME * countOf(slow.requests.filter(isMeant));
}

/** True when calls to others explain the request: then nothing has to be concluded by elimination. */
export function isExplainedByCalls(
  request: SlowRequest,
  evidence: Pick<RunEvidence, "frames">,
  slow: SlowRequests,
): boolean {
  return partOf(request, evidence, slow) !== null;
}

/** The destination that covers most of the request, if it explains it. */
function partOf(
  request: SlowRequest,
  evidence: Pick<RunEvidence, "frames">,
  slow: SlowRequests,
): Part | null {
  const parts = secondsOf(request, evidence.frames).flatMap((second) =>
    second.downstream.flatMap((calls) => partIn(second, calls, request, slow) ?? []),
  );
  return parts.sort((a, b) => b.coveredMs - a.coveredMs)[0] ?? null;
}

function partIn(
  second: TargetSecond,
  calls: DownstreamFrame,
  request: SlowRequest,
  slow: SlowRequests,
): Part | null {
  const each = callsEach(second, calls, slow);
  const callMs = second.blockedMs > 0 ? calls.duration.p50Ms : calls.duration.meanMs;
  const allMs = Math.min(each * (callMs ?? 0), tookMs(request));
  const failures = calls.errors / Math.max(1, calls.calls);
  const part = (cause: DownstreamCause, coveredMs: number): Part | null =>
    explains(coveredMs, request, slow.usualMs) ? { cause, name: calls.name, coveredMs } : null;
  // How many calls a request makes is written in its code: a name that is usually quick does not make many.
  const mayBeMany = slow.usuallySlow.has(fullName(request));
  if (mayBeMany && failures >= STORM_FAILURES && each >= STORM_CALLS) {
    // Between the attempts it waited, too.
    const storm = part("retry-storm", Math.min(tookMs(request), 2 * allMs));
    if (storm !== null) return storm;
  }
  const oneMs = Math.min(oneCallMs(second, calls, request), tookMs(request));
  if (mayBeMany && each >= MANY_CALLS && allMs >= CLEARLY_MANY * oneMs) {
    const many = part("many-queries", allMs);
    if (many !== null) return many;
  }
  if (isStampede(calls) && !wereGathered(second, calls) && mayConcern(request, calls, second))
    return part("cache-stampede", Math.min(oneMs + poolWaitMs(second), tookMs(request)));
  if (mayBeMany && each >= MANY_CALLS && allMs > oneMs) return part("many-queries", allMs);
  return part(calls.kind === "database" ? "slow-query" : "slow-downstream", oneMs);
}

/**
 * A request that took much less than most of the calls did not wait for them; but where the database is on
 * the same, crowded machine it may have waited for a processor that they had.
 */
function mayConcern(request: SlowRequest, calls: DownstreamFrame, second: TargetSecond): boolean {
  return mayFit(tookMs(request), calls.duration.p50Ms) || (calls.kind === "database" && isCrowded(second));
}

/** Who waits for a connection while others ask the same waits for them. */
function poolWaitMs(second: TargetSecond): number {
  return Math.max(0, ...second.pools.map((pool) => pool.wait.p95Ms ?? 0));
}

/**
 * How long one call took, at most as long as the request that made it, what the loop itself added to it left
 * out; also one that has no answer yet. In a second with blocks the quicker half of the calls is the one that
 * they did not touch: its slowest is the call's own time, unless it is longer than the request that made it.
 */
function oneCallMs(second: TargetSecond, calls: DownstreamFrame, request: SlowRequest): number {
  const requestMs = tookMs(request);
  const withinMs = Math.min(calls.duration.p95Ms ?? 0, longestWithin(requestMs, calls.duration));
  const endedMs = waitWithoutBlocks(withinMs, second) - (second.delayP99Ms ?? 0);
  const p50Ms = calls.duration.p50Ms ?? 0;
  const untouchedMs = second.blockedMs > 0 && p50Ms <= requestMs ? p50Ms : 0;
  // Who had ended by the end of that second did not wait for what was still open then; nor since before it began.
  const openMs =
    request.endAt < second.at ? 0 : Math.min(calls.oldestMs ?? 0, second.at - request.intendedAt);
  return Math.max(endedMs, untouchedMs, openMs);
}

/** Calls for each request of the routes that were usually slow in that second; of all routes where none was. */
function callsEach(second: TargetSecond, calls: DownstreamFrame, slow: SlowRequests): number {
  const slowRoutes = second.routes.filter((route) => (route.p50Ms ?? 0) >= slow.limitMs / 2);
  const requests = slowRoutes.reduce((sum, route) => sum + route.requests, 0);
  return calls.calls / Math.max(1, requests === 0 ? second.requests : requests);
}

function finding(
  { cause, name }: Part,
  requests: readonly SlowRequest[],
  share: number,
  evidence: RunEvidence,
  slow: SlowRequests,
): Finding {
  const route = commonestName(requests);
  return draftFinding({
    id: `${cause}-${name}`,
    cause,
    severity: severityOf(share),
    title: `${slowShareText(share, slow)} ${WAITED[cause](name)}`,
    evidence: [...figuresOf(cause, name, requests, evidence, slow), `most often ${route}`],
    route,
    explainedSlowRequests: share,
    remedy: DOWNSTREAM_REMEDIES[cause],
  });
}

const WAITED: Readonly<Record<DownstreamCause, (name: string) => string>> = {
  "slow-query": (name) => `waited for a slow query of ${name}`,
  "many-queries": (name) => `made many calls to ${name}, one after the other`,
  "cache-stampede": (name) => `asked ${name} the same as others at the same time`,
  "retry-storm": (name) => `asked ${name} again and again for what failed`,
  "slow-downstream": (name) => `waited for ${name}`,
};

function figuresOf(
  cause: DownstreamCause,
  name: string,
  requests: readonly SlowRequest[],
  evidence: RunEvidence,
  slow: SlowRequests,
): readonly string[] {
  const lived = new Set(requests.flatMap((request) => secondsOf(request, evidence.frames)));
  const seen = [...lived].flatMap((second) => {
    const calls = second.downstream.find((one) => one.name === name);
    return calls === undefined ? [] : [{ calls, each: callsEach(second, calls, slow) }];
  });
  const sum = (pick: (calls: DownstreamFrame) => number): number =>
    seen.reduce((total, { calls }) => total + pick(calls), 0);
  const count = sum(({ calls }) => calls);
  const middle = (pick: (calls: DownstreamFrame) => number | null): number | null =>
    medianOf(seen.flatMap(({ calls }) => pick(calls) ?? []));
  const times = `a call took ${formatMs(middle(({ duration }) => duration.p50Ms))} at the median, ${formatMs(middle(({ duration }) => duration.p95Ms))} at p95`;
  const each = `${formatNumber(medianOf(seen.map((one) => one.each)) ?? 0)} calls for each of these requests`;
  const oldest = Math.max(0, ...seen.map(({ calls }) => calls.oldestMs ?? 0));
  switch (cause) {
    case "many-queries":
      return [each, times];
    case "retry-storm":
      return [each, `${formatShare(sum(({ errors }) => errors) / Math.max(1, count))} of the calls failed`];
    case "cache-stampede":
      return [
        `up to ${formatCount(Math.max(...seen.map(({ calls }) => calls.mostAlike)))} identical calls at once`,
        times,
      ];
    case "slow-query":
    case "slow-downstream":
      return [
        ...(count === 0 ? [] : [times]),
        ...(oldest < 1000 ? [] : [`a call was without an answer for ${formatMs(oldest)}`]),
      ];
  }
}

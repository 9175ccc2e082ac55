/** Which requests count as slow, and how much of a slow request's time something else explains. Pure. */

import type { SlowRequest } from "../engine/engine.js";
import { formatMs, formatShare } from "../report/figure-format.js";
import type { TargetSecond } from "../report/run-timeline.js";
import type { RunEvidence } from "./run-evidence.js";

/** A stretch of time on the run's clock, epoch milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface SlowRequests {
  /** A request is slow from here on, milliseconds; the tightest, where names have limits of their own. */
  readonly limitMs: number;
  /** `over 250 ms`, or `over their limits` where names have limits of their own. */
  readonly limitText: string;
  /** Whether a threshold of the user's set the limit, or the run's own distribution. */
  readonly limitFrom: "threshold" | "distribution";
  /** Those of the kept requests that are over the limit. */
  readonly requests: readonly SlowRequest[];
  /** Those of them for which the user set a limit and which keep it: slow beside the others only. */
  readonly keepingLimits: ReadonlySet<SlowRequest>;
  /** What a request usually takes here, milliseconds: the median. */
  readonly usualMs: number;
  /** Full names of which the middle request takes half of `limitMs` or more. */
  readonly usuallySlow: ReadonlySet<string>;
}

/** Below this nobody calls a request slow, milliseconds. A guess: a fifth of what people notice as delay. */
const LEAST_SLOW_MS = 20;
const LEAST_SLOW_COUNT = 10;
/**
 * A cause explains a request when it covers at least this share of what the request took beyond the usual.
 */
const LEAST_SHARE_OF_EXCESS = 0.5;

/**
 * The slow requests: over the latency limits among the thresholds. Where there is none, or hardly any is over
 * it, those that took over 20 ms and three times the quickest. Fewer than ten, or than one in a hundred, are
 * no fault of anybody's (a start, a shared machine), unless they broke a threshold.
 */
export function slowRequests(evidence: Pick<RunEvidence, "thresholds" | "latencyMs" | "kept">): SlowRequests {
  const usualMs = evidence.latencyMs?.p50 ?? 0;
  const p99 = evidence.latencyMs?.p99 ?? 0;
  const limits = latencyLimits(evidence.thresholds);
  const over = evidence.kept.filter((request) => tookMs(request) > limitOf(request, limits));
  const used = [...new Set(over.map((request) => limitOf(request, limits)))];
  const limitMs = Math.min(...used);
  const broken = evidence.thresholds.some(({ metric, ok }) => !ok && isLatencyMetric(metric));
  if (over.length > 0 && (broken || (countOf(over) >= LEAST_SLOW_COUNT && p99 >= limitMs))) {
    const limitText = used.length === 1 ? `over ${formatMs(limitMs)}` : "over their limits";
    const keepingLimits = new Set<SlowRequest>();
    const usuallySlow = slowNames(evidence.kept, limitMs);
    return {
      limitMs,
      limitText,
      limitFrom: "threshold",
      requests: over,
      keepingLimits,
      usualMs,
      usuallySlow,
    };
  }
  const own = Math.max(LEAST_SLOW_MS, 3 * (evidence.latencyMs?.min ?? 0));
  const stragglers = evidence.kept.filter((request) => tookMs(request) >= own);
  const requests = countOf(stragglers) >= LEAST_SLOW_COUNT && p99 >= own ? stragglers : [];
  const keepingLimits = new Set(
    requests.filter((request) => {
      const limit = limitOf(request, limits);
      return Number.isFinite(limit) && tookMs(request) <= limit;
    }),
  );
  const limitText = `over ${formatMs(own)}`;
  const usuallySlow = slowNames(evidence.kept, own);
  return {
    limitMs: own,
    limitText,
    limitFrom: "distribution",
    requests,
    keepingLimits,
    usualMs,
    usuallySlow,
  };
}

function slowNames(kept: readonly SlowRequest[], limitMs: number): ReadonlySet<string> {
  const byName = new Map<string, SlowRequest[]>();
  for (const request of kept) {
    const name = fullName(request);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [request]);
    else same.push(request);
  }
  return new Set(
    [...byName].flatMap(([name, same]) => ((medianTookMs(same) ?? 0) >= limitMs / 2 ? [name] : [])),
  );
}

/** Without a limit of the user's, requests that are quicker than this in the middle are nobody's fault, ms. */
const CLEARLY_SLOW_MS = 50;

/**
 * Whether to say what these slow requests waited for elsewhere: they broke a limit, or took long and nobody
 * said how long they may. A password hash that takes 170 ms of the 750 ms it is allowed is no finding.
 */
export function areClearlySlow(requests: readonly SlowRequest[], slow: SlowRequests): boolean {
  if (slow.limitFrom === "threshold") return true;
  const unlimited = requests.filter((request) => !slow.keepingLimits.has(request));
  return (medianTookMs(unlimited) ?? 0) >= CLEARLY_SLOW_MS;
}

/** From when it was due to its end (or to when it was given up), milliseconds. */
export function tookMs(request: SlowRequest): number {
  return request.endAt - request.intendedAt;
}

/** How many milliseconds of the request fall into the stretches, which may overlap each other. */
export function overlapMs(request: SlowRequest, stretches: readonly Stretch[]): number {
  let covered = 0;
  let until = request.intendedAt;
  const near = stretches.filter(({ from, to }) => from < request.endAt && to > request.intendedAt);
  for (const stretch of near.sort((a, b) => a.from - b.from)) {
    const from = Math.max(stretch.from, until);
    const to = Math.min(stretch.to, request.endAt);
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  return covered;
}

/** True when `coveredMs` of it explains why the request was slow. */
export function explains(coveredMs: number, request: SlowRequest, usualMs: number): boolean {
  const took = tookMs(request);
  const excess = Math.max(took - usualMs, took / 4);
  return coveredMs >= LEAST_SHARE_OF_EXCESS * excess;
}

/** Share (0..1) of the slow requests for which `coveredMs` explains the slowness; 0 when none is slow. */
export function explainedShare(slow: SlowRequests, coveredMs: (request: SlowRequest) => number): number {
  if (slow.requests.length === 0) return 0;
  const explained = slow.requests.filter((request) => explains(coveredMs(request), request, slow.usualMs));
  return countOf(explained) / countOf(slow.requests);
}

/** How many requests of the run these stand for. */
export function countOf(requests: readonly SlowRequest[]): number {
  return requests.reduce((sum, { weight = 1 }) => sum + weight, 0);
}

/** What the middle one of the requests that these stand for took, milliseconds; null of none. */
export function medianTookMs(requests: readonly SlowRequest[]): number | null {
  const sorted = [...requests].sort((a, b) => tookMs(a) - tookMs(b));
  let left = countOf(sorted) / 2;
  for (const request of sorted) {
    left -= request.weight ?? 1;
    if (left <= 0) return tookMs(request);
  }
  return null;
}

/** `62 % of the requests over 250 ms`: how every finding that explains slow requests begins. */
export function slowShareText(share: number, slow: SlowRequests): string {
  return `${formatShare(share)} of the requests ${slow.limitText}`;
}

/** What most of the requests asked for: `GET /users/:id`. */
export function commonestName(requests: readonly SlowRequest[]): string {
  const counts = new Map<string, number>();
  for (const request of requests) {
    const full = fullName(request);
    counts.set(full, (counts.get(full) ?? 0) + (request.weight ?? 1));
  }
  return [...counts.entries()].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

/** `GET /users/:id`. */
export function fullName({ name, method }: SlowRequest): string {
  return name.startsWith(`${method} `) ? name : `${method} ${name}`;
}

/** The seconds of the target that a request lived through. Frames are in order of time. */
export function secondsOf(request: SlowRequest, frames: readonly TargetSecond[]): readonly TargetSecond[] {
  return frames.filter((frame) => frame.at > request.intendedAt && frame.at - frame.windowMs < request.endAt);
}

/**
 * A wait that was measured while the loop was blocked contains the block: what is left is the wait's own, ms.
 */
export function waitWithoutBlocks(waitMs: number | null, second: TargetSecond): number {
  return Math.max(0, (waitMs ?? 0) - second.blockedMs);
}

interface LatencyLimits {
  /** For every request, milliseconds; infinite where there is none. */
  readonly all: number;
  /** For requests of a name, over the general one. */
  readonly byName: ReadonlyMap<string, number>;
}

/** Upper limits on latency among the thresholds: the tightest for all requests, and for each name. */
function latencyLimits(thresholds: RunEvidence["thresholds"]): LatencyLimits {
  let all = Number.POSITIVE_INFINITY;
  const byName = new Map<string, number>();
  for (const { metric, expression } of thresholds) {
    const match = /^\s*(?:p\([^)]*\)|max|med|avg)[^<>]*<=?\s*([0-9.eE+]+)\s*$/.exec(expression);
    const limit = match === null ? Number.NaN : Number(match[1]);
    if (!isLatencyMetric(metric) || !Number.isFinite(limit) || limit <= 0) continue;
    const selector = /\{(.*)\}$/.exec(metric)?.[1];
    const name = /^name:([^,]*)$/.exec(selector ?? "")?.[1];
    if (selector === undefined) all = Math.min(all, limit);
    // Other selectors (a status, a scenario) choose requests by what is not kept of them.
    else if (name !== undefined) byName.set(name, Math.min(limit, byName.get(name) ?? limit));
  }
  return { all, byName };
}

function limitOf(request: SlowRequest, limits: LatencyLimits): number {
  return limits.byName.get(request.name) ?? limits.all;
}

/** Metrics of the client that are a request's latency, tags included. */
export function isLatencyMetric(metric: string): boolean {
  return /^(http_req_duration|response_time|http_req_waiting)(\{.*\})?$/.test(metric);
}

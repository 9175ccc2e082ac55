/** Nothing was found: either the run was healthy, or too little was seen to say so. */

import { formatCount, formatMs, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import type { RunEvidence } from "./run-evidence.js";
import { countOf, type SlowRequests } from "./slow-requests.js";

/** Fewer answers than this say nothing about a p95. */
const LEAST_REQUESTS = 100;
/** Frames come once a second: fewer are start-up. */
const LEAST_FRAMES = 3;

/** Exactly one finding, `healthy` or `not-enough-evidence`. */
export function findHealth(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const missing = whatIsMissing(evidence, slow);
  if (missing.length > 0) {
    return [
      information(
        "not-enough-evidence",
        "Not enough was seen to say what made requests slow",
        missing,
        remedyFor(evidence),
      ),
    ];
  }
  const { latencyMs } = evidence;
  const utilization = evidence.target?.eventLoop.utilization ?? null;
  return [
    information(
      "healthy",
      slow.requests.length === 0
        ? `Healthy: nothing held the event loop${socketsOnly(evidence) ? "" : " and no request waited noticeably long"}`
        : "Healthy: nothing that was measured in the target held requests up",
      [
        socketsOnly(evidence)
          ? `${formatCount(evidence.iterations)} iterations of the script, none of which sent an HTTP request`
          : `${formatCount(evidence.requests.completed)} requests, p50 ${formatMs(latencyMs?.p50)}, p99 ${formatMs(latencyMs?.p99)}, max ${formatMs(latencyMs?.max)}`,
        `event loop ${formatShare(utilization)} busy, delay p99 ${formatMs(evidence.target?.eventLoop.delayMs.p99)}, no block over the threshold`,
        ...(slow.requests.length === 0
          ? []
          : [
              `${formatCount(Math.round(countOf(slow.requests)))} requests were ${slow.limitText}; a machine that others use too is one reason`,
            ]),
      ],
      "",
    ),
  ];
}

function whatIsMissing(evidence: RunEvidence, slow: SlowRequests): readonly string[] {
  const { completed, started } = evidence.requests;
  return [
    ...(started === 0 && !socketsOnly(evidence) ? ["no request was sent"] : []),
    ...(completed === 0 && evidence.interrupted > 0
      ? [`${interruptedIterations(evidence.interrupted)} when the time was over (duration and gracefulStop)`]
      : []),
    ...(started > 0 && completed < LEAST_REQUESTS
      ? [
          `only ${formatCount(completed)} of ${formatCount(started)} requests were answered; percentiles need at least ${LEAST_REQUESTS}`,
        ]
      : []),
    ...(evidence.target === null
      ? [
          `no figures came from an agent in the target, so nothing is known of its event loop${slow.requests.length > 0 ? `; ${formatCount(Math.round(countOf(slow.requests)))} requests were ${slow.limitText}` : ""}`,
        ]
      : evidence.frames.length < LEAST_FRAMES
        ? ["the agent was heard for less than three seconds of the load"]
        : []),
    ...evidence.thresholds
      .filter((threshold) => !threshold.ok)
      .map(
        ({ metric, expression }) =>
          `${metric} ${expression} failed, and nothing that was measured in the target explains it`,
      ),
  ];
}

function interruptedIterations(count: number): string {
  const [noun, verb] = count === 1 ? ["iteration was", "was"] : ["iterations were", "were"];
  return `${formatCount(count)} ${noun} still under way and ${verb} interrupted`;
}

/** A script may speak over WebSocket alone: then its iterations are the load, and its own metrics the latency. */
function socketsOnly({ requests, iterations }: RunEvidence): boolean {
  return requests.started === 0 && (iterations ?? 0) > 0;
}

function remedyFor(evidence: RunEvidence): string {
  if (evidence.requests.started === 0)
    return "Look at the script's console and at the target's output: no request left the generator.";
  if (evidence.target === null) {
    return "Start the target with the agent: put its command after --, or preload @loopscope/agent/register yourself.";
  }
  return "Run longer, or at a higher rate.";
}

function information(cause: string, title: string, evidence: readonly string[], remedy: string): Finding {
  return {
    id: cause,
    cause,
    severity: "info",
    title,
    evidence,
    location: null,
    route: null,
    explainedSlowRequests: 0,
    remedy,
  };
}

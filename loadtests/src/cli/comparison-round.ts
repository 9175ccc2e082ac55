/** One round of a comparison: the figures of a stretch of load, and how they come out of a recorded run. */

import { isServicesOwnBlock } from "../judge/target-metrics.js";
import type { RunDocument, TargetRecord } from "../report/run-document.js";

/** What one round came to; null where it was not measured. */
export interface Round {
  /** Of the requests that ended: what was under way at the round's end neither failed nor succeeded. */
  readonly failedShare: number;
  readonly throughput: number | null;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly target: TargetRound | null;
}

/** What the agent saw of a round. */
export interface TargetRound {
  /** Milliseconds of the target's processor time for each answered request. */
  readonly cpuMsPerRequest: number | null;
  /** Milliseconds in which its event loop was active, for each answered request. */
  readonly loopMsPerRequest: number | null;
  readonly delayMeanMs: number | null;
  readonly delayP99Ms: number | null;
  /** Of blocks that are the service's own: neither the machine's fault nor in a computing thread. */
  readonly blockedMsPerSecond: number | null;
  readonly rssMaxBytes: number | null;
  readonly heapUsedMeanBytes: number | null;
}

export function roundOfRun({ client, target, durationSeconds }: RunDocument): Round {
  const { latencyMs, requests, throughput } = client;
  return {
    failedShare: failedShareOf(requests),
    throughput: throughput.mean,
    meanMs: latencyMs?.mean ?? null,
    p50Ms: latencyMs?.p50 ?? null,
    p95Ms: latencyMs?.p95 ?? null,
    p99Ms: latencyMs?.p99 ?? null,
    target: target === null ? null : targetRound(target, throughput.mean, durationSeconds),
  };
}

export function failedShareOf({ started, unfinished, failed }: RunDocument["client"]["requests"]): number {
  const ended = started - unfinished;
  return ended > 0 ? failed / ended : 0;
}

function targetRound(target: TargetRecord, throughput: number, seconds: number): TargetRound {
  const { cpuCores, eventLoop, memory } = target;
  const perRequest = (perSecond: number): number | null => (throughput > 0 ? perSecond / throughput : null);
  const blockedMs = target.blocks
    .filter(isServicesOwnBlock)
    .reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    cpuMsPerRequest: perRequest(cpuCores.mean * 1000),
    loopMsPerRequest: perRequest(eventLoop.utilization * 1000),
    delayMeanMs: eventLoop.delayMs.mean,
    delayP99Ms: eventLoop.delayMs.p99,
    blockedMsPerSecond: seconds > 0 ? blockedMs / seconds : null,
    rssMaxBytes: memory.rssBytes.max,
    heapUsedMeanBytes: memory.heapUsedBytes.mean,
  };
}

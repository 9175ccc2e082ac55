/** Everything the diagnosis may look at, on one clock: what the client saw and what the agent saw. */

import { type Block, isComputingThread } from "@loopscope/agent/catalog";
import type { EngineResult, NamedRequests, RequestError, SlowRequest } from "../engine/engine.js";
import type { LatencySummaryMs, TargetRecord, ThresholdResult } from "../report/run-document.js";
import type { ClientSecond, RunTimeline, TargetSecond } from "../report/run-timeline.js";

export interface RunEvidence {
  readonly model: "open" | "closed";
  /** Of the load itself, epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly requests: EngineResult["requests"];
  /** Iterations of the script that ran to their end; null where there is no script. */
  readonly iterations: number | null;
  /** Iterations that were still under way when their time was over. */
  readonly interrupted: number;
  /** Null: not one request ended. */
  readonly latencyMs: LatencySummaryMs | null;
  /** Answers by status code over all names; 0 is "no answer". */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Why requests got no answer, commonest first; empty where the engine does not tell. */
  readonly errors: readonly RequestError[];
  /** Requests kept whole, in any order: a weighted sample of all (at most 2000), or else the slowest 500. */
  readonly kept: readonly SlowRequest[];
  readonly thresholds: readonly ThresholdResult[];
  readonly client: readonly ClientSecond[];
  /** Null: no agent in the target. */
  readonly target: TargetRecord | null;
  readonly frames: readonly TargetSecond[];
  /** What a full collection of garbage after the load left; null where none was asked for. */
  readonly heapLeft: RunTimeline["heapLeft"];
  /** Blocks within the load of event loops that serve requests. */
  readonly blocks: readonly Block[];
  /** Those of worker threads that serve none: long computing is what they are for. */
  readonly computing: readonly Block[];
}

/** What the run itself knows; the rest of the evidence is read from its timeline. */
export interface RunFacts {
  readonly model: "open" | "closed";
  readonly result: Pick<
    EngineResult,
    "startedAt" | "endedAt" | "requests" | "iterations" | "errors" | "slowest" | "sample"
  > & {
    readonly byName: readonly Pick<NamedRequests, "byStatus">[];
  };
  readonly latencyMs: LatencySummaryMs | null;
  readonly thresholds: readonly ThresholdResult[];
  readonly target: TargetRecord | null;
}

/** Puts together what `diagnoseRun` needs. */
export function gatherEvidence(
  facts: RunFacts,
  timeline: Pick<RunTimeline, "client" | "target" | "blocks" | "heapLeft">,
): RunEvidence {
  const byStatus: Record<string, number> = {};
  for (const { byStatus: statuses } of facts.result.byName) {
    for (const [status, count] of Object.entries(statuses))
      byStatus[status] = (byStatus[status] ?? 0) + count;
  }
  const { startedAt, endedAt } = facts.result;
  const during = timeline.blocks.filter(
    (block) => block.at + block.durationMs > startedAt && block.at < endedAt,
  );
  return {
    model: facts.model,
    startedAt,
    endedAt,
    requests: facts.result.requests,
    iterations: facts.result.iterations?.completed ?? null,
    interrupted: facts.result.iterations?.interrupted ?? 0,
    latencyMs: facts.latencyMs,
    byStatus,
    errors: facts.result.errors ?? [],
    kept: facts.result.sample ?? facts.result.slowest,
    thresholds: facts.thresholds,
    client: timeline.client,
    target: facts.target,
    frames: timeline.target.filter((frame) => frame.at > startedAt && frame.at <= endedAt + 1500),
    heapLeft: timeline.heapLeft,
    blocks: during.filter((block) => !isComputingThread(block)),
    computing: during.filter(isComputingThread),
  };
}

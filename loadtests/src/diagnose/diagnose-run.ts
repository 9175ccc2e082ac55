/**
 * From evidence to findings: every cause is asked, what they say is ranked, and saying nothing is not
 * allowed.
 */

import type { Finding } from "../report/run-document.js";
import { findBlockingCode } from "./blocking-code.js";
import { findBusyLoop } from "./busy-loop.js";
import { findDisturbedHost, undisturbedFrames } from "./disturbed-host.js";
import { findDownstreamCalls } from "./downstream-calls.js";
import { findFailedRequests } from "./failed-requests.js";
import { findHealth } from "./healthy-run.js";
import { findHeapGrowth } from "./heap-growth.js";
import { findLateGenerator } from "./late-generator.js";
import { findPoolWait } from "./pool-wait.js";
import { findQueueWait } from "./queue-wait.js";
import type { RunEvidence } from "./run-evidence.js";
import { type SlowRequests, slowRequests } from "./slow-requests.js";
import { findGarbageCollection, findManyTasks } from "./stopped-loop.js";
import { findThreadPoolWait } from "./thread-pool-wait.js";
import { findWaitingElsewhere } from "./waiting-elsewhere.js";

type Diagnoser = (evidence: RunEvidence, slow: SlowRequests) => readonly Finding[];

/** A new cause is one new file and one line here; of findings that weigh the same the earlier goes first. */
const DIAGNOSERS: readonly Diagnoser[] = [
  findLateGenerator,
  findDisturbedHost,
  findHeapGrowth,
  findBlockingCode,
  findManyTasks,
  findFailedRequests,
];

/** These go by figures of whole seconds: they accuse only by those in which the machine was not in the way. */
const DIAGNOSERS_BY_SECOND: readonly Diagnoser[] = [
  findGarbageCollection,
  findBusyLoop,
  findThreadPoolWait,
  findWaitingElsewhere,
];

/** These, too; but whoever is accused explains what waited for it in the other seconds as well. */
const DIAGNOSERS_OF_WAITS: readonly Diagnoser[] = [findPoolWait, findQueueWait, findDownstreamCalls];

const SEVERITY_RANK: Readonly<Record<Finding["severity"], number>> = { critical: 0, warning: 1, info: 2 };

/**
 * Findings, the one to act on first in front; never empty: a run in which nothing was found is `healthy`, or
 * there was `not-enough-evidence`. Pure and deterministic.
 */
export function diagnoseRun(evidence: RunEvidence): readonly Finding[] {
  const slow = slowRequests(evidence);
  const undisturbed = { ...evidence, frames: undisturbedFrames(evidence) };
  const found = [
    ...DIAGNOSERS.flatMap((diagnoser) => diagnoser(evidence, slow)),
    ...DIAGNOSERS_BY_SECOND.flatMap((diagnoser) => diagnoser(undisturbed, slow)),
    ...DIAGNOSERS_OF_WAITS.flatMap((diagnoser) => {
      const everywhere = diagnoser(evidence, slow);
      return diagnoser(undisturbed, slow).map(
        (accused) => everywhere.find(({ id }) => id === accused.id) ?? accused,
      );
    }),
  ];
  const ranked = [...found].sort(
    (a, b) =>
      SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
      b.explainedSlowRequests - a.explainedSlowRequests,
  );
  return ranked.length > 0 ? ranked : findHealth(evidence, slow);
}

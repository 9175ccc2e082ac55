/** Cause: requests waited for a free connection (or another pooled resource). */

import { formatCount, formatMs, formatShare } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { hasStampede } from "../report/stampede.js";
import { draftFinding, medianOf, severityOf } from "./finding-draft.js";
import { rankedWaits, waitFor } from "./ranked-wait.js";
import type { RunEvidence } from "./run-evidence.js";
import { explainedShare, type SlowRequests, slowShareText } from "./slow-requests.js";

/** Shorter waits are nothing to act on, milliseconds. */
const NOTABLE_WAIT_MS = 10;
const NOTABLE_SHARE = 0.05;

/** One finding for each pool for which requests waited. */
export function findPoolWait(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const names = new Set(evidence.frames.flatMap((frame) => frame.pools.map((pool) => pool.name)));
  return [...names].flatMap((name) => poolFinding(name, evidence, slow));
}

function poolFinding(name: string, evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  const poolIn = (frame: RunEvidence["frames"][number]): (typeof frame.pools)[number] | undefined =>
    frame.pools.find((pool) => pool.name === name);
  const seen = evidence.frames.flatMap((frame) => poolIn(frame) ?? []);
  const waits = seen.flatMap((pool) => (pool.wait.p95Ms === null ? [] : [pool.wait.p95Ms]));
  const waitMs = medianOf(waits) ?? 0;
  const waitedMs = rankedWaits(slow, evidence, (frame) =>
    hasStampede(frame) ? null : waitFor(name, frame.pools),
  );
  const share = explainedShare(slow, waitedMs);
  const timeouts = seen.reduce((sum, pool) => sum + pool.timeouts, 0);
  if ((share < NOTABLE_SHARE || Math.max(0, ...waits) < NOTABLE_WAIT_MS) && timeouts === 0) return [];
  const most = seen.reduce((most, pool) => Math.max(most, pool.pending), 0);
  const full = seen.filter((pool) => pool.max !== null && pool.used >= pool.max).length;
  const max = seen.at(-1)?.max ?? null;
  return [
    draftFinding({
      id: `pool-wait-${name}`,
      cause: "pool-wait",
      severity: timeouts > 0 ? "critical" : severityOf(share),
      title:
        share > 0
          ? `${slowShareText(share, slow)} waited for a free connection of the pool ${name}`
          : `Waits for the pool ${name} timed out`,
      evidence: [
        `waits of ${formatMs(waitMs)} at p95 in the middle second, up to ${formatMs(Math.max(0, ...waits))}`,
        `up to ${formatCount(most)} callers waited at once; the pool has ${max === null ? "no limit" : `at most ${formatCount(max)}`}`,
        `every connection was taken in ${formatShare(full / Math.max(1, seen.length))} of the seconds`,
        ...(timeouts === 0 ? [] : [`${formatCount(timeouts)} waits were given up`]),
      ],
      explainedSlowRequests: share,
      remedy:
        "Shorten what holds a connection first (missing index, queries in a loop, work done between acquire and release, transactions left open); then size the pool for the load: connections needed = requests a second times seconds that each holds one.",
    }),
  ];
}

/** Cause: what is left on the heap after each major collection rises: a leak, or a cache without a limit. */

import { formatBytes, formatPlural, formatSeconds } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";

/** A heap that grows fast is collected seldom: three floors may be all that a minute has. */
const LEAST_FLOORS = 3;
/** Warming caches and compiled code also raise the floor: less than both of these is taken for that. */
const LEAST_RISE_BYTES = 10 * 2 ** 20;
const LEAST_RISE_SHARE = 0.2;
/** A service under its first load fills caches for half a minute and looks like a leak, milliseconds. */
export const LEAST_WATCHED_MS = 40_000;
/** What is left after the load counts only beside a floor from after the warm-up and this long before it, ms. */
const WARM_UP_MS = 30_000;
const LEAST_APART_MS = 10_000;
/** What warms up settles: at the end a leak still rises at this share of its mean pace. */
const LEAST_LATEST_PACE = 0.5;
/** Share of successive floors that must rise. */
const LEAST_RISING = 0.75;
const DAY_SECONDS = 86_400;

export function findHeapGrowth(evidence: RunEvidence): readonly Finding[] {
  const memory = evidence.target?.memory;
  if (memory === undefined || (memory.heapGrowthBytesPerSecond ?? 1) <= 0) return [];
  const floors = floorsOf(evidence);
  const [first] = floors;
  const [beforeLast, last] = floors.slice(-2);
  if (first === undefined || beforeLast === undefined || last === undefined) return [];
  if (evidence.endedAt - evidence.startedAt < LEAST_WATCHED_MS) return [];
  const rising = floors.filter((floor, index) => index > 0 && floor.bytes > (floors[index - 1]?.bytes ?? 0));
  const rise = last.bytes - first.bytes;
  if (floors.length < LEAST_FLOORS || rising.length / (floors.length - 1) < LEAST_RISING) return [];
  if (rise < LEAST_RISE_BYTES || rise < LEAST_RISE_SHARE * first.bytes) return [];
  if (paceOf(beforeLast, last) < LEAST_LATEST_PACE * paceOf(first, last)) return [];
  const growth = memory.heapGrowthBytesPerSecond ?? paceOf(first, last) * 1000;
  const secondsLeft = Math.max(0, memory.heapLimitBytes - last.bytes) / growth;
  return [
    draftFinding({
      id: "leak",
      cause: "leak",
      severity: secondsLeft < DAY_SECONDS / 24 ? "critical" : "warning",
      title: `The heap grows by ${formatBytes(growth)} a second under this load`,
      evidence: [
        `what is left after a major collection rose from ${formatBytes(first.bytes)} to ${formatBytes(last.bytes)} over ${formatPlural(floors.length, "collection")}`,
        ...(secondsLeft < 7 * DAY_SECONDS
          ? [
              `at this pace the limit of ${formatBytes(memory.heapLimitBytes)} is reached in ${formatSeconds(secondsLeft)}`,
            ]
          : []),
      ],
      remedy:
        "Look for what only ever grows: maps and arrays kept in modules, caches without a limit, listeners and timers that are never removed, requests that never end. Compare two heap snapshots (POST /heapsnapshot of the agent) taken minutes apart.",
    }),
  ];
}

interface Floor {
  readonly at: number;
  readonly bytes: number;
}

/**
 * What major collections of the load left, and the one that was asked for afterwards: V8 makes few of its own
 * while there is room.
 */
function floorsOf({ frames, startedAt, heapLeft }: RunEvidence): readonly Floor[] {
  const floors = frames
    .flatMap(({ at, heapFloorBytes }) => (heapFloorBytes === null ? [] : [{ at, bytes: heapFloorBytes }]))
    .filter((floor, index, all) => index === 0 || floor.bytes !== all[index - 1]?.bytes);
  const latest = floors.at(-1);
  if (heapLeft === null || latest === undefined || latest.at < startedAt + WARM_UP_MS) return floors;
  return heapLeft.at - latest.at < LEAST_APART_MS ? floors : [...floors, heapLeft];
}

function paceOf(from: Floor, to: Floor): number {
  return (to.bytes - from.bytes) / Math.max(1, to.at - from.at);
}

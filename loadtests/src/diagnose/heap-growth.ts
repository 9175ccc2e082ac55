/** Cause: what is left on the heap after each major collection rises: a leak, or a cache without a limit. */

import { formatBytes, formatPlural, formatSeconds } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";

const LEAST_FLOORS = 4;
/** Warming caches and compiled code also raise the floor: less than both of these is taken for that. */
const LEAST_RISE_BYTES = 10 * 2 ** 20;
const LEAST_RISE_SHARE = 0.2;
/** Share of successive floors that must rise. */
const LEAST_RISING = 0.75;
const DAY_SECONDS = 86_400;

export function findHeapGrowth(evidence: RunEvidence): readonly Finding[] {
  const memory = evidence.target?.memory;
  const growth = memory?.heapGrowthBytesPerSecond ?? null;
  if (memory === undefined || growth === null || growth <= 0) return [];
  const floors = evidence.frames
    .flatMap((frame) => (frame.heapFloorBytes === null ? [] : [frame.heapFloorBytes]))
    .filter((floor, index, all) => index === 0 || floor !== all[index - 1]);
  const first = floors[0] ?? 0;
  const last = floors.at(-1) ?? 0;
  const rising = floors.filter((floor, index) => index > 0 && floor > (floors[index - 1] ?? 0)).length;
  const rise = last - first;
  if (floors.length < LEAST_FLOORS || rising / (floors.length - 1) < LEAST_RISING) return [];
  if (rise < LEAST_RISE_BYTES || rise < LEAST_RISE_SHARE * first) return [];
  const secondsLeft = Math.max(0, memory.heapLimitBytes - last) / growth;
  return [
    draftFinding({
      id: "leak",
      cause: "leak",
      severity: secondsLeft < DAY_SECONDS / 24 ? "critical" : "warning",
      title: `The heap grows by ${formatBytes(growth)} a second under this load`,
      evidence: [
        `what is left after a major collection rose from ${formatBytes(first)} to ${formatBytes(last)} over ${formatPlural(floors.length, "collection")}`,
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

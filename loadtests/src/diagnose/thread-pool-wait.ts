/**
 * Cause: libuv's thread pool was full, so that file access, DNS lookups, crypto and compression waited for a
 * thread.
 */

import { formatMs } from "../report/figure-format.js";
import type { Finding } from "../report/run-document.js";
import { draftFinding, medianOf, severityOf } from "./finding-draft.js";
import type { RunEvidence } from "./run-evidence.js";
import {
  explainedShare,
  type SlowRequests,
  secondsOf,
  slowShareText,
  waitWithoutBlocks,
} from "./slow-requests.js";

/** A free thread takes a task in well under a millisecond; from here on the pool was busy, milliseconds. */
const NOTABLE_DELAY_MS = 20;

export function findThreadPoolWait(evidence: RunEvidence, slow: SlowRequests): readonly Finding[] {
  // While the loop is blocked the probe's answer waits too: that delay is the block's, not the pool's.
  const delayIn = (frame: RunEvidence["frames"][number]): number =>
    waitWithoutBlocks(frame.threadPoolDelayMs, frame);
  const delays = evidence.frames.flatMap((frame) =>
    frame.threadPoolDelayMs === null ? [] : [delayIn(frame)],
  );
  const middle = medianOf(delays) ?? 0;
  const share = explainedShare(slow, (request) =>
    Math.max(0, ...secondsOf(request, evidence.frames).map(delayIn)),
  );
  const longest = Math.max(0, ...delays);
  const busy = delays.filter((delay) => delay >= NOTABLE_DELAY_MS).length / Math.max(1, delays.length);
  if (longest < NOTABLE_DELAY_MS || (busy < 0.25 && share < 0.1)) return [];
  return [
    draftFinding({
      id: "threadpool",
      cause: "threadpool",
      severity: severityOf(Math.max(share, busy)),
      title:
        share > 0
          ? `${slowShareText(share, slow)} ran while libuv's thread pool was full`
          : "libuv's thread pool was full",
      evidence: [
        `a task waited ${formatMs(middle)} for a free thread in the middle second, up to ${formatMs(longest)}`,
        "files, DNS lookups, crypto and compression share these threads (four unless UV_THREADPOOL_SIZE says otherwise)",
      ],
      explainedSlowRequests: share,
      remedy:
        "Limit how much of this work runs at once (a semaphore), move hashing and compression to worker threads of their own (piscina), or raise UV_THREADPOOL_SIZE to the number of cores or more before Node starts.",
    }),
  ];
}

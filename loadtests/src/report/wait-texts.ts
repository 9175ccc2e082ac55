/** One line for each queue, pool and destination of calls, over the whole load. */

import type { DownstreamFrame, PoolFrame, QueueFrame } from "@loopscope/agent/catalog";
import { formatCount, formatMs, formatPlural } from "./figure-format.js";
import { isStampede } from "./stampede.js";

export function queueText(queue: QueueFrame): string {
  return `length up to ${formatCount(queue.length)}, wait p95 ${formatMs(queue.wait.p95Ms)}, task p95 ${formatMs(queue.task.p95Ms)}`;
}

export function poolText(pool: PoolFrame): string {
  return `up to ${formatCount(pool.used)} of ${formatCount(pool.max)} used, up to ${formatCount(pool.pending)} waiting, wait p95 ${formatMs(pool.wait.p95Ms)}`;
}

export function callsText(total: DownstreamFrame): string {
  const { calls, errors, duration, mostAlike } = total;
  return [
    `${formatPlural(calls, "call")}, mean ${formatMs(duration.meanMs)}, p95 ${formatMs(duration.p95Ms)}`,
    ...(errors === 0 ? [] : [`${formatCount(errors)} failed`]),
    ...(isStampede(total) ? [`up to ${formatCount(mostAlike)} identical at once`] : []),
  ].join(", ");
}

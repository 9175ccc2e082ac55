/** Queues, pools and calls to others over a whole load: counts added, levels at their highest. */

import type {
  DownstreamFrame,
  DurationSummary,
  Frame,
  PoolFrame,
  QueueFrame,
} from "@loopscope/agent/catalog";

export class WaitTotals {
  readonly #queues = new Map<string, QueueFrame>();
  readonly #pools = new Map<string, PoolFrame>();
  readonly #downstream = new Map<string, DownstreamFrame>();

  add({ queues, pools, downstream = [] }: Pick<Frame, "queues" | "pools" | "downstream">): void {
    for (const queue of queues) fold(this.#queues, queue.name, queue, foldedQueue);
    for (const pool of pools) fold(this.#pools, pool.name, pool, foldedPool);
    for (const calls of downstream) fold(this.#downstream, calls.name, calls, foldedCalls);
  }

  get queues(): readonly QueueFrame[] {
    return [...this.#queues.values()];
  }

  get pools(): readonly PoolFrame[] {
    return [...this.#pools.values()];
  }

  /** Busiest first. */
  get downstream(): readonly DownstreamFrame[] {
    return [...this.#downstream.values()].sort((a, b) => b.calls - a.calls);
  }
}

function fold<T>(totals: Map<string, T>, name: string, next: T, folded: (total: T, next: T) => T): void {
  const total = totals.get(name);
  totals.set(name, total === undefined ? next : folded(total, next));
}

function foldedQueue(total: QueueFrame, next: QueueFrame): QueueFrame {
  return {
    name: next.name,
    capacity: next.capacity,
    length: Math.max(total.length, next.length),
    activeWorkers: Math.max(total.activeWorkers, next.activeWorkers),
    completed: total.completed + next.completed,
    failed: total.failed + next.failed,
    timedOut: total.timedOut + next.timedOut,
    rejected: total.rejected + next.rejected,
    wait: foldedDurations(total.wait, next.wait),
    task: foldedDurations(total.task, next.task),
  };
}

function foldedPool(total: PoolFrame, next: PoolFrame): PoolFrame {
  return {
    name: next.name,
    max: next.max,
    used: Math.max(total.used, next.used),
    idle: Math.max(total.idle, next.idle),
    pending: Math.max(total.pending, next.pending),
    timeouts: total.timeouts + next.timeouts,
    wait: foldedDurations(total.wait, next.wait),
  };
}

function foldedCalls(total: DownstreamFrame, next: DownstreamFrame): DownstreamFrame {
  return {
    kind: next.kind,
    name: next.name,
    calls: total.calls + next.calls,
    errors: total.errors + next.errors,
    inFlight: Math.max(total.inFlight, next.inFlight),
    oldestMs: highest(total.oldestMs, next.oldestMs),
    mostAlike: Math.max(total.mostAlike, next.mostAlike),
    duration: foldedDurations(total.duration, next.duration),
  };
}

/** Count, mean and maximum are those of the whole; percentiles of seconds cannot be merged: the worst stay. */
function foldedDurations(total: DurationSummary, next: DurationSummary): DurationSummary {
  const count = total.count + next.count;
  const sumMs = (total.meanMs ?? 0) * total.count + (next.meanMs ?? 0) * next.count;
  return {
    count,
    meanMs: count === 0 ? null : sumMs / count,
    p50Ms: highest(total.p50Ms, next.p50Ms),
    p90Ms: highest(total.p90Ms, next.p90Ms),
    p95Ms: highest(total.p95Ms, next.p95Ms),
    p99Ms: highest(total.p99Ms, next.p99Ms),
    maxMs: highest(total.maxMs, next.maxMs),
  };
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

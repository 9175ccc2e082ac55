/** Queues, pools and calls to others over a whole load: counts added, levels at their highest. */

import type { DownstreamFrame, Frame, PoolFrame, QueueFrame } from "@loopscope/agent/catalog";
import { DurationTotal } from "./duration-total.js";

type QueueLevels = Omit<QueueFrame, "wait" | "task" | "waitHistogram" | "taskHistogram">;
type PoolLevels = Omit<PoolFrame, "wait" | "waitHistogram">;
type CallLevels = Omit<DownstreamFrame, "duration" | "durationHistogram">;

export class WaitTotals {
  readonly #queues = new Map<string, QueueTotal>();
  readonly #pools = new Map<string, PoolTotal>();
  readonly #downstream = new Map<string, CallTotal>();

  add({ queues, pools, downstream = [] }: Pick<Frame, "queues" | "pools" | "downstream">): void {
    for (const queue of queues) totalOf(this.#queues, queue.name, () => new QueueTotal()).add(queue);
    for (const pool of pools) totalOf(this.#pools, pool.name, () => new PoolTotal()).add(pool);
    for (const calls of downstream) totalOf(this.#downstream, calls.name, () => new CallTotal()).add(calls);
  }

  get queues(): readonly QueueFrame[] {
    return [...this.#queues.values()].flatMap((total) => total.frame());
  }

  get pools(): readonly PoolFrame[] {
    return [...this.#pools.values()].flatMap((total) => total.frame());
  }

  /** Busiest first. */
  get downstream(): readonly DownstreamFrame[] {
    return [...this.#downstream.values()].flatMap((total) => total.frame()).sort((a, b) => b.calls - a.calls);
  }
}

class QueueTotal {
  readonly #wait = new DurationTotal();
  readonly #task = new DurationTotal();
  #levels: QueueLevels | null = null;

  add({ wait, task, waitHistogram, taskHistogram, ...next }: QueueFrame): void {
    this.#wait.add(wait, waitHistogram);
    this.#task.add(task, taskHistogram);
    const total = this.#levels;
    this.#levels = total === null ? next : { ...next, ...levelsOfQueues(total, next) };
  }

  frame(): readonly QueueFrame[] {
    if (this.#levels === null) return [];
    return [{ ...this.#levels, wait: this.#wait.summary(), task: this.#task.summary() }];
  }
}

function levelsOfQueues(total: QueueLevels, next: QueueLevels) {
  return {
    length: Math.max(total.length, next.length),
    activeWorkers: Math.max(total.activeWorkers, next.activeWorkers),
    completed: total.completed + next.completed,
    failed: total.failed + next.failed,
    timedOut: total.timedOut + next.timedOut,
    rejected: total.rejected + next.rejected,
  };
}

class PoolTotal {
  readonly #wait = new DurationTotal();
  #levels: PoolLevels | null = null;

  add({ wait, waitHistogram, ...next }: PoolFrame): void {
    this.#wait.add(wait, waitHistogram);
    const total = this.#levels;
    this.#levels = total === null ? next : { ...next, ...levelsOfPools(total, next) };
  }

  frame(): readonly PoolFrame[] {
    return this.#levels === null ? [] : [{ ...this.#levels, wait: this.#wait.summary() }];
  }
}

function levelsOfPools(total: PoolLevels, next: PoolLevels) {
  return {
    used: Math.max(total.used, next.used),
    idle: Math.max(total.idle, next.idle),
    pending: Math.max(total.pending, next.pending),
    timeouts: total.timeouts + next.timeouts,
  };
}

class CallTotal {
  readonly #duration = new DurationTotal();
  #levels: CallLevels | null = null;

  add({ duration, durationHistogram, ...next }: DownstreamFrame): void {
    this.#duration.add(duration, durationHistogram);
    const total = this.#levels;
    this.#levels = total === null ? next : { ...next, ...levelsOfCalls(total, next) };
  }

  frame(): readonly DownstreamFrame[] {
    return this.#levels === null ? [] : [{ ...this.#levels, duration: this.#duration.summary() }];
  }
}

function levelsOfCalls(total: CallLevels, next: CallLevels) {
  return {
    calls: total.calls + next.calls,
    errors: total.errors + next.errors,
    inFlight: Math.max(total.inFlight, next.inFlight),
    oldestMs: Math.max(total.oldestMs ?? 0, next.oldestMs ?? 0) || null,
    mostAlike: Math.max(total.mostAlike, next.mostAlike),
  };
}

function totalOf<T>(totals: Map<string, T>, name: string, create: () => T): T {
  const known = totals.get(name) ?? create();
  totals.set(name, known);
  return known;
}

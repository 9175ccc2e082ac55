/** All queues and pools that the agent knows of, whether the application named them or a library file found them. */

import type { PoolFrame, QueueFrame } from "../catalog/frame";
import type { MetricDefinition } from "../catalog/metric-definition";
import { WORK_METRICS } from "../catalog/work-metrics";
import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import type { HistogramSample, MetricFamily, ScalarSample } from "../quantiles/metric-samples";
import { PoolRecord } from "./pool-record";
import { QueueRecord } from "./queue-record";
import type {
  FoundQueue,
  PoolMonitor,
  PoolSource,
  QueueMonitor,
  QueueSource,
  TaskOutcome,
} from "./work-sources";

/** Names kept apart, of queues and of pools; the rest share the name `other`. */
const MAX_NAMES = 100;
const OTHER = "other";

export interface WorkRegistry {
  readonly families: readonly MetricFamily[];
  /** Shows a queue under a name; the same name again adds up. */
  monitorQueue(name: string, source: QueueSource): QueueMonitor;
  /** Shows a queue that a library's file found, unless the application shows one under the same name. */
  findQueue(name: string, source: QueueSource): FoundQueue;
  /** Shows a pool under a name; the same name again adds up. */
  monitorPool(name: string, source: PoolSource): PoolMonitor;
  /** A function that does the same and is counted and timed as a task of the queue `name`. */
  instrumentTask<A extends readonly unknown[], R>(name: string, fn: (...args: A) => R): (...args: A) => R;
  takeQueueFrames(): readonly QueueFrame[];
  takePoolFrames(): readonly PoolFrame[];
}

export function createWorkRegistry(guard: Guard): WorkRegistry {
  const queues = new Map<string, QueueRecord>();
  const pools = new Map<string, PoolRecord>();

  const queueOf = (name: string) =>
    recordOf(queues, name, guard, (bounded) => new QueueRecord(bounded, safeRead(guard, `queue ${bounded}`)));
  const poolOf = (name: string) =>
    recordOf(pools, name, guard, (bounded) => new PoolRecord(bounded, safeRead(guard, `pool ${bounded}`)));

  return {
    families: [...queueFamilies(queues), ...poolFamilies(pools)],
    monitorQueue: (name, source) => queueOf(name).addSource(source),
    findQueue: (name, source) => queueOf(name).addFound(source),
    monitorPool: (name, source) => poolOf(name).addSource(source),
    instrumentTask: (name, fn) => instrument(queueOf(name), fn),
    takeQueueFrames: () => [...queues.values()].map((queue) => queue.takeFrame()),
    takePoolFrames: () => [...pools.values()].map((pool) => pool.takeFrame()),
  };
}

function recordOf<T>(records: Map<string, T>, name: string, guard: Guard, create: (name: string) => T): T {
  const known = records.get(name);
  if (known !== undefined) return known;
  const full = records.size >= MAX_NAMES;
  if (full) guard.drop("work names");
  const bounded = full ? OTHER : name;
  const record = records.get(bounded) ?? create(bounded);
  records.set(bounded, record);
  return record;
}

function safeRead(guard: Guard, part: string): (read: () => number) => number {
  return (read) => guard.run(part, read) ?? 0;
}

function instrument<A extends readonly unknown[], R>(
  queue: QueueRecord,
  fn: (...args: A) => R,
): (...args: A) => R {
  return function (this: unknown, ...args: A): R {
    const startMs = monotonicMs();
    const end = (outcome: TaskOutcome) => queue.ended(outcome, monotonicMs() - startMs);
    queue.began();
    let result: R;
    try {
      result = fn.apply(this, args as unknown as A & unknown[]);
    } catch (error) {
      end(failureOutcome(error));
      throw error;
    }
    if (!isThenable(result)) {
      end("ok");
      return result;
    }
    // The application gets its own promise back, so that an unhandled rejection stays its own.
    result.then(
      () => end("ok"),
      (error: unknown) => end(failureOutcome(error)),
    );
    return result;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** Time limits have no error class of their own: they are known by name or code. */
export function failureOutcome(error: unknown): TaskOutcome {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === "TimeoutError" || code === "ETIMEDOUT" || code === "ERR_TIMEOUT" ? "timeout" : "error";
}

function queueFamilies(queues: ReadonlyMap<string, QueueRecord>): readonly MetricFamily[] {
  return [
    {
      definition: WORK_METRICS.queueLength,
      collect: () =>
        [...queues.values()].map((queue) => {
          const sample = { labels: [queue.name], value: queue.length() };
          return queue.isShared ? { ...sample, shared: true } : sample;
        }),
    },
    gauge(WORK_METRICS.queueCapacity, queues, (queue) => queue.capacity()),
    gauge(WORK_METRICS.queueActiveWorkers, queues, (queue) => queue.activeWorkers()),
    histogram(WORK_METRICS.queueWait, queues, (queue) => queue.waitSeconds.sample([queue.name])),
    histogram(WORK_METRICS.taskDuration, queues, (queue) => queue.taskSeconds.sample([queue.name])),
    {
      definition: WORK_METRICS.tasks,
      collect: () =>
        [...queues.values()].flatMap((queue) =>
          Object.entries(queue.outcomes).map(([outcome, value]) => ({
            labels: [queue.name, outcome],
            value,
          })),
        ),
    },
  ];
}

function poolFamilies(pools: ReadonlyMap<string, PoolRecord>): readonly MetricFamily[] {
  return [
    {
      definition: WORK_METRICS.poolConnections,
      collect: () =>
        [...pools.values()].flatMap((pool) => [
          { labels: [pool.name, "idle"], value: pool.idle() },
          { labels: [pool.name, "used"], value: pool.used() },
        ]),
    },
    gauge(WORK_METRICS.poolMax, pools, (pool) => pool.max()),
    gauge(WORK_METRICS.poolPending, pools, (pool) => pool.pending()),
    gauge(WORK_METRICS.poolTimeouts, pools, (pool) => pool.timeouts),
    histogram(WORK_METRICS.poolWait, pools, (pool) => pool.waitSeconds.sample([pool.name])),
    histogram(WORK_METRICS.poolUse, pools, (pool) => pool.useSeconds.sample([pool.name])),
  ];
}

function gauge<T extends { readonly name: string }>(
  definition: MetricDefinition,
  records: ReadonlyMap<string, T>,
  read: (record: T) => number | null,
): MetricFamily {
  return {
    definition,
    *collect(): Generator<ScalarSample> {
      for (const record of records.values()) {
        const value = read(record);
        if (value !== null) yield { labels: [record.name], value };
      }
    },
  };
}

function histogram<T>(
  definition: MetricDefinition,
  records: ReadonlyMap<string, T>,
  sample: (record: T) => HistogramSample,
): MetricFamily {
  return { definition, collect: () => [...records.values()].map(sample) };
}

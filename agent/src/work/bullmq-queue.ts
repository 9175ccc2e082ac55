/**
 * BullMQ's Queue and Worker: jobs that wait in Redis, how long each waited, how long it takes and how it ends.
 * Every attempt of a job counts, as a worker was busy with it.
 */

import { monotonicMs } from "../clock";
import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { type LibraryParts, observed } from "./library-hook";
import { failureOutcome } from "./work-registry";
import type { FoundQueue } from "./work-sources";

/** What Queue and Worker have in common: version 5 counts by `scripts`, 6 by `backend`. */
interface QueueUser {
  readonly name: string;
  readonly opts?: { readonly prefix?: string };
  readonly scripts?: JobCounts;
  readonly backend?: JobCounts;
}

interface JobCounts {
  getCounts(types: readonly string[]): Promise<readonly number[]>;
}

/** Times are milliseconds since the epoch. */
interface Job {
  /** When it was added. */
  readonly timestamp: number;
  /** When a worker took it. */
  readonly processedOn?: number;
  readonly opts?: { readonly delay?: number };
  /** This one included. */
  readonly attemptsStarted: number;
}

interface WatchedQueue {
  readonly found: FoundQueue;
  readonly users: Set<QueueUser>;
  running: number;
}

const PART = "library bullmq";
/** Jobs that a worker could take now. Version 6 keeps none apart that is paused: then it counts 0. */
const WAITING = ["waiting", "paused", "prioritized"];
/** So long a count of the jobs in Redis is used again: one command a second and queue, at most. */
const COUNT_AGE_MS = 900;
/** By these a job is handed back instead of ended. */
const HANDED_BACK = new Set(["DelayedError", "WaitingChildrenError", "WaitingError", "RateLimitError"]);

export function bullmqHook({ guard, work }: LibraryParts): ModuleHook {
  const queues = new WatchedQueues(work);

  const before = (prototype: object | undefined, method: string): boolean =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          guard.run(PART, () => queues.of(this as QueueUser));
          return original.apply(this, args);
        },
    );

  /** A worker that closes lets its jobs end before. */
  const forgetAfter = (prototype: object | undefined, method: string): boolean =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          const forget = () => guard.run(PART, () => queues.forget(this as QueueUser));
          return observed(original.apply(this, args), forget);
        },
    );

  return {
    majors: [5, 6],
    install: (exports) => {
      const queue = prototypeOf(ownExport(exports, "Queue"));
      const worker = prototypeOf(ownExport(exports, "Worker"));
      for (const method of ["add", "addBulk"]) before(queue, method);
      before(worker, "run");
      forgetAfter(queue, "close");
      forgetAfter(worker, "close");
      wrapMethod(
        worker,
        "callProcessJob",
        (original) =>
          function (this: unknown, ...args) {
            const end = guard.run(PART, () => beginJob(queues.of(this as QueueUser), args[0] as Job));
            if (end === undefined) return original.apply(this, args);
            let result: unknown;
            try {
              result = original.apply(this, args);
            } catch (error) {
              end(error);
              throw error;
            }
            if (!(result instanceof Promise)) end(null);
            return observed(result, end);
          },
      );
    },
  };
}

function beginJob(queue: WatchedQueue, job: Job): (error: unknown) => void {
  const startMs = monotonicMs();
  const { timestamp, processedOn, opts, attemptsStarted } = job;
  // A later attempt waits since the end of the one before, which no one wrote down.
  if (attemptsStarted === 1 && processedOn !== undefined)
    queue.found.recordWait(Math.max(0, processedOn - timestamp - (opts?.delay ?? 0)));
  queue.running++;
  let running = true;
  return (error) => {
    if (!running) return;
    running = false;
    queue.running--;
    if (error instanceof Error && (HANDED_BACK.has(error.name) || HANDED_BACK.has(error.constructor.name)))
      return;
    queue.found.recordTaskTime(monotonicMs() - startMs);
    queue.found.recordOutcome(error === null ? "ok" : failureOutcome(error));
  };
}

/** The queues that this process adds to or works on. Several users of one are one queue. */
class WatchedQueues {
  readonly #work: LibraryParts["work"];
  readonly #byKey = new Map<string, WatchedQueue>();

  constructor(work: LibraryParts["work"]) {
    this.#work = work;
  }

  of(user: QueueUser): WatchedQueue {
    const key = keyOf(user);
    const queue = this.#byKey.get(key) ?? this.#watch(key, user.name);
    queue.users.add(user);
    return queue;
  }

  forget(user: QueueUser): void {
    const key = keyOf(user);
    const queue = this.#byKey.get(key);
    if (queue === undefined || !queue.users.delete(user) || queue.users.size > 0) return;
    queue.found.stop();
    this.#byKey.delete(key);
  }

  #watch(key: string, name: string): WatchedQueue {
    const users = new Set<QueueUser>();
    const waiting = new WaitingJobs(users);
    const queue: WatchedQueue = {
      users,
      running: 0,
      found: this.#work.findQueue(name, {
        length: () => waiting.read(),
        activeWorkers: () => queue.running,
        shared: true,
      }),
    };
    this.#byKey.set(key, queue);
    return queue;
  }
}

/** Counted in Redis, on a connection that the application has already. */
class WaitingJobs {
  readonly #users: ReadonlySet<QueueUser>;
  #latest = 0;
  #asking = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(users: ReadonlySet<QueueUser>) {
    this.#users = users;
  }

  /** The latest count; asks for the next one. While Redis is away it stays what it was. */
  read(): number {
    if (!this.#asking && monotonicMs() - this.#askedAtMs > COUNT_AGE_MS) this.#ask();
    return this.#latest;
  }

  #ask(): void {
    const [user] = this.#users;
    const counts = user?.scripts ?? user?.backend;
    if (counts === undefined) return;
    this.#asking = true;
    this.#askedAtMs = monotonicMs();
    counts.getCounts(WAITING).then(
      (found) => {
        this.#asking = false;
        this.#latest = found.reduce((sum, jobs) => sum + Number(jobs), 0);
      },
      () => {
        this.#asking = false;
      },
    );
  }
}

function keyOf({ name, opts }: QueueUser): string {
  return `${opts?.prefix ?? ""}:${name}`;
}

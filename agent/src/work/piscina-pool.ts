/** piscina: tasks that wait for a worker thread and for how long, how long they take and how they end. */

import path from "node:path";
import { monotonicMs } from "../clock";
import { ownExport, prototypeOf, prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { type LibraryParts, observed } from "./library-hook";
import { failureOutcome } from "./work-registry";
import type { FoundQueue, TaskOutcome } from "./work-sources";

interface PiscinaPool {
  readonly queueSize: number;
  readonly options: { readonly filename?: string | null; readonly maxQueue?: number };
  readonly asyncResource: { asyncId(): number };
}

/** A task on its way through the pool; not the public interface, and the same in versions 4 and 5. */
interface TaskInfo {
  /** On our own clock, as it happens. */
  readonly created: number;
  /** The pool's own asynchronous id: how a task tells its pool. */
  triggerAsyncId(): number;
  done(...args: unknown[]): unknown;
}

interface WatchedPool {
  readonly queue: FoundQueue;
  running: number;
}

const PART = "library piscina";
/** Errors of a queue that took no more; they have no code. */
const REJECTED = /^(Task queue is at limit|No task queue available and all Workers are busy)$/;

export function piscinaHook({ guard, work }: LibraryParts): ModuleHook {
  const pools = new WatchedPools(work);

  /** The application's side: one outcome a call, also of tasks that no worker took. */
  const countOutcomes = (prototype: object, method: string): boolean =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          const pool = guard.run(PART, () => pools.watch(this as PiscinaPool));
          const result = original.apply(this, args);
          if (pool === undefined) return result;
          return observed(result, (error) => pool.queue.recordOutcome(outcomeOf(error)));
        },
    );

  /** Until it has closed, its queued tasks still run, or are told that they will not. */
  const forgetAfter = (prototype: object, method: string): boolean =>
    wrapMethod(
      prototype,
      method,
      (original) =>
        function (this: unknown, ...args) {
          const forget = () => guard.run(PART, () => pools.forget(this as PiscinaPool));
          return observed(original.apply(this, args), forget);
        },
    );

  return {
    majors: [4, 5],
    install: (exports) => {
      const pool = prototypeWith(ownExport(exports, "Piscina") ?? exports, ["run", "destroy"]);
      if (pool !== undefined) {
        // `runTask` is version 4's older way, which does not lead through `run`.
        for (const method of ["run", "runTask"]) countOutcomes(pool, method);
        for (const method of ["close", "destroy"]) forgetAfter(pool, method);
      }
      wrapMethod(
        prototypeOf(ownExport(exports, "WorkerInfo")),
        "postTask",
        (original) =>
          function (this: unknown, ...args) {
            guard.run(PART, () => pools.taskBegins(args[0] as TaskInfo));
            return original.apply(this, args);
          },
      );
    },
  };
}

/** The pools that were given a task, by their asynchronous id, until they are closed. */
class WatchedPools {
  readonly #work: LibraryParts["work"];
  readonly #byId = new Map<number, WatchedPool>();

  constructor(work: LibraryParts["work"]) {
    this.#work = work;
  }

  watch(pool: PiscinaPool): WatchedPool {
    const id = pool.asyncResource.asyncId();
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const { filename, maxQueue } = pool.options;
    const state: WatchedPool = {
      running: 0,
      queue: this.#work.findQueue(queueName(filename), {
        length: () => pool.queueSize,
        capacity: () => (maxQueue === undefined || maxQueue === Number.POSITIVE_INFINITY ? null : maxQueue),
        activeWorkers: () => state.running,
      }),
    };
    this.#byId.set(id, state);
    return state;
  }

  taskBegins(task: TaskInfo): void {
    const pool = this.#byId.get(task.triggerAsyncId());
    if (pool !== undefined) timeTask(task, pool);
  }

  forget(pool: PiscinaPool): void {
    const id = pool.asyncResource.asyncId();
    this.#byId.get(id)?.queue.stop();
    this.#byId.delete(id);
  }
}

function timeTask(task: TaskInfo, pool: WatchedPool): void {
  const startMs = monotonicMs();
  pool.queue.recordWait(Math.max(0, startMs - task.created));
  pool.running++;
  const { done } = task;
  let ended = false;
  task.done = function (this: TaskInfo, ...args) {
    if (!ended) {
      pool.running--;
      pool.queue.recordTaskTime(monotonicMs() - startMs);
    }
    ended = true;
    return done.apply(this, args);
  };
}

function outcomeOf(error: unknown): TaskOutcome {
  if (error === null) return "ok";
  if (error instanceof Error && REJECTED.test(error.message)) return "rejected";
  // An aborted task's own error says nothing; the reason of its signal may be a time limit.
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return failureOutcome(cause ?? error);
}

/** `piscina:tasks.js`, or `piscina` where each task names its own file. */
function queueName(filename: string | null | undefined): string {
  return typeof filename === "string" && filename !== "" ? `piscina:${path.basename(filename)}` : "piscina";
}

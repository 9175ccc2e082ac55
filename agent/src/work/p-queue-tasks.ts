/**
 * p-queue: tasks that wait, run and end, of all its queues together, since they have no names. Queues that
 * the application lets go of are not held.
 */

import { monotonicMs } from "../clock";
import { ownExport, prototypeWith, wrapMethod } from "../method-wrapping";
import type { ModuleHook } from "../module-hooks";
import { type LibraryParts, observed } from "./library-hook";
import { failureOutcome } from "./work-registry";
import type { FoundQueue } from "./work-sources";

interface PQueue {
  /** Tasks that wait. */
  readonly size: number;
  /** Tasks that run. */
  readonly pending: number;
}

type Task = (this: unknown, ...args: unknown[]) => unknown;

const PART = "library p-queue";
const NAME = "p-queue";

export function pQueueHook({ guard, work }: LibraryParts): ModuleHook {
  const seen = new WeakSet<object>();
  const queues = new Set<WeakRef<PQueue>>();
  let found: FoundQueue | null = null;

  /** Sums up one figure, and forgets the queues that are no more. */
  const sum = (read: (queue: PQueue) => number): number => {
    let total = 0;
    for (const held of queues) {
      const queue = held.deref();
      if (queue === undefined) queues.delete(held);
      else total += read(queue);
    }
    return total;
  };

  const watch = (queue: PQueue): FoundQueue => {
    found ??= work.findQueue(NAME, {
      length: () => sum(({ size }) => size),
      activeWorkers: () => sum(({ pending }) => pending),
    });
    if (!seen.has(queue)) {
      seen.add(queue);
      queues.add(new WeakRef(queue));
    }
    return found;
  };

  return {
    majors: [6, 7, 8, 9, 10],
    install: (exports) => {
      wrapMethod(
        prototypeWith(ownExport(exports, "default"), ["add", "addAll", "clear"]),
        "add",
        (original) =>
          function (this: unknown, ...args) {
            const [task, ...rest] = args;
            const timed =
              typeof task === "function"
                ? guard.run(PART, () => timedTask(task as Task, watch(this as PQueue)))
                : undefined;
            if (timed === undefined) return original.apply(this, args);
            return observed(original.call(this, timed.run, ...rest), timed.settled);
          },
      );
    },
  };
}

/** The task to give to the queue, and what to do when the queue is done with it. */
function timedTask(task: Task, queue: FoundQueue) {
  const addedAtMs = monotonicMs();
  let running = false;
  const run: Task = function (this: unknown, ...args) {
    const startMs = monotonicMs();
    queue.recordWait(startMs - addedAtMs);
    running = true;
    const ended = (): void => {
      running = false;
      queue.recordTaskTime(monotonicMs() - startMs);
    };
    let result: unknown;
    try {
      result = task.apply(this, args);
    } catch (error) {
      ended();
      throw error;
    }
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === "function")
      return observed(result, ended);
    ended();
    return result;
  };
  const settled = (error: unknown): void => {
    // Over its time limit a task is given up while it still runs; some versions call that no error.
    const isOver = running && (error === null || failureOutcome(error) === "timeout");
    if (isOver) queue.recordOutcome("timeout");
    else queue.recordOutcome(error === null ? "ok" : failureOutcome(error));
  };
  return { run, settled };
}

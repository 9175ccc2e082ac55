/** What an application tells the agent of a queue or a pool of its own. All times are milliseconds. */

/** Reads a queue. Called about once a second and at each scrape: must be cheap. */
export interface QueueSource {
  /** Tasks waiting now. */
  length(): number;
  /** Tasks the queue holds before it pushes back; null or left out: unbounded. */
  capacity?(): number | null;
  /** Workers busy now; left out: the tasks that `instrumentTask` sees running under the same name. */
  activeWorkers?(): number;
  /** Whether every process of a cluster reads the same length, as from a queue kept in Redis. Default: false. */
  readonly shared?: boolean;
}

/** How a task ended. `rejected`: the queue was full and did not take it. */
export type TaskOutcome = "ok" | "error" | "timeout" | "rejected";

/** Takes what the source cannot be asked for. */
export interface QueueMonitor {
  /** Time a task waited before a worker took it. */
  recordWait(waitMs: number): void;
  /** A task that ended; its time is left out where no worker took it. */
  recordTask(outcome: TaskOutcome, taskMs?: number): void;
  /** Ends reading the source; what was counted stays. */
  stop(): void;
}

/** What a library's file tells of a queue that it found. Left out where the application itself tells of it. */
export interface FoundQueue extends Pick<QueueMonitor, "recordWait" | "stop"> {
  /** A task that ended, whether or not a worker took it. */
  recordOutcome(outcome: TaskOutcome): void;
  /** How long a worker took for a task. */
  recordTaskTime(taskMs: number): void;
}

/** Reads a pool. Called about once a second and at each scrape: must be cheap. */
export interface PoolSource {
  /** Resources lent out now. */
  used(): number;
  /** Resources ready to be lent. */
  idle(): number;
  /** Callers waiting for one now. */
  pending(): number;
  /** Most resources the pool opens; null or left out: unbounded. */
  max?(): number | null;
}

/** Takes what the source cannot be asked for. */
export interface PoolMonitor {
  /** Time a caller waited for a resource. */
  recordWait(waitMs: number): void;
  /** Time between borrowing and giving back. */
  recordUse(useMs: number): void;
  /** A caller gave up waiting. */
  recordTimeout(): void;
  /** Ends reading the source; what was counted stays. */
  stop(): void;
}

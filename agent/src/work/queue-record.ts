import type { QueueFrame } from "../catalog/frame";
import { WORK_METRICS } from "../catalog/work-metrics";
import { BucketHistogram } from "../quantiles/bucket-histogram";
import { histogramsOf, summarizeDurations } from "../quantiles/duration-summary";
import { SlidingHistogram } from "../quantiles/sliding-histogram";
import type { FoundQueue, QueueMonitor, QueueSource, TaskOutcome } from "./work-sources";

/** Reads one figure of a source that is not ours: what it throws is counted, and reads as 0. */
export type SafeRead = (read: () => number) => number;

/**
 * Everything known of one queue name. Several sources under one name add up, but what the application itself
 * tells is not added to what a library's file found under the same name: then the application is believed.
 */
export class QueueRecord {
  readonly name: string;
  readonly waitSeconds = new BucketHistogram(WORK_METRICS.queueWait.buckets);
  readonly taskSeconds = new BucketHistogram(WORK_METRICS.taskDuration.buckets);
  readonly outcomes: Record<TaskOutcome, number> = { ok: 0, error: 0, timeout: 0, rejected: 0 };
  readonly #waits = new SlidingHistogram();
  readonly #tasks = new SlidingHistogram();
  readonly #sources = new Set<QueueSource>();
  readonly #found = new Set<QueueSource>();
  readonly #read: SafeRead;
  #running = 0;
  #toldByApplication = false;
  #tasksToldByApplication = false;
  #window: Record<TaskOutcome, number> = { ok: 0, error: 0, timeout: 0, rejected: 0 };

  constructor(name: string, read: SafeRead) {
    this.name = name;
    this.#read = read;
  }

  addSource(source: QueueSource): QueueMonitor {
    this.#toldByApplication = true;
    this.#tasksToldByApplication = true;
    this.#sources.add(source);
    return {
      recordWait: (waitMs) => this.recordWait(waitMs),
      recordTask: (outcome, taskMs) => this.recordTask(outcome, taskMs),
      stop: () => {
        this.#sources.delete(source);
      },
    };
  }

  addFound(source: QueueSource): FoundQueue {
    this.#found.add(source);
    return {
      recordWait: (waitMs) => {
        if (!this.#toldByApplication) this.recordWait(waitMs);
      },
      recordOutcome: (outcome) => {
        if (!this.#tasksToldByApplication) this.recordTask(outcome);
      },
      recordTaskTime: (taskMs) => {
        if (!this.#tasksToldByApplication) this.#recordTaskTime(taskMs);
      },
      stop: () => {
        this.#found.delete(source);
      },
    };
  }

  recordWait(waitMs: number): void {
    this.waitSeconds.record(waitMs / 1000);
    this.#waits.record(waitMs * 1000);
  }

  recordTask(outcome: TaskOutcome, taskMs?: number): void {
    this.outcomes[outcome]++;
    this.#window[outcome]++;
    if (taskMs !== undefined) this.#recordTaskTime(taskMs);
  }

  /** A task under `instrumentTask` began. */
  began(): void {
    this.#tasksToldByApplication = true;
    this.#running++;
  }

  /** That task ended. */
  ended(outcome: TaskOutcome, taskMs: number): void {
    this.#running--;
    this.recordTask(outcome, taskMs);
  }

  length(): number {
    let total = 0;
    for (const source of this.#readable) total += this.#read(() => source.length());
    return total;
  }

  /** Whether all of its sources read what other processes read as well. */
  get isShared(): boolean {
    const sources = [...this.#readable];
    return sources.length > 0 && sources.every((source) => source.shared === true);
  }

  /** Null: unbounded, or nobody said. */
  capacity(): number | null {
    let total: number | null = null;
    for (const source of this.#readable) {
      const capacity = this.#read(() => source.capacity?.() ?? Number.NaN);
      if (!Number.isNaN(capacity)) total = (total ?? 0) + capacity;
    }
    return total;
  }

  activeWorkers(): number {
    let total: number | null = null;
    for (const source of this.#readable) {
      const active = this.#read(() => source.activeWorkers?.() ?? Number.NaN);
      if (!Number.isNaN(active)) total = (total ?? 0) + active;
    }
    return total ?? this.#running;
  }

  /** Takes what happened since the last call. */
  takeFrame(): QueueFrame {
    const window = this.#window;
    this.#window = { ok: 0, error: 0, timeout: 0, rejected: 0 };
    const frame = {
      name: this.name,
      length: this.length(),
      capacity: this.capacity(),
      activeWorkers: this.activeWorkers(),
      completed: window.ok,
      failed: window.error,
      timedOut: window.timeout,
      rejected: window.rejected,
      wait: summarizeDurations(this.#waits.window),
      task: summarizeDurations(this.#tasks.window),
      ...(this.isShared ? { shared: true } : {}),
      ...histogramsOf({ waitHistogram: this.#waits.window, taskHistogram: this.#tasks.window }),
    };
    this.#waits.turn();
    this.#tasks.turn();
    return frame;
  }

  get #readable(): ReadonlySet<QueueSource> {
    return this.#toldByApplication ? this.#sources : this.#found;
  }

  #recordTaskTime(taskMs: number): void {
    this.taskSeconds.record(taskMs / 1000);
    this.#tasks.record(taskMs * 1000);
  }
}

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { monotonicMs } from "../../src/clock.js";
import type { JobOutcome } from "./job.js";

const THROUGHPUT_SECONDS = 10;

interface DurationFigures {
  readonly meanMs: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
}

/** Whether threads, workers or the queue should be larger is read from these six, and from nothing else. */
export interface WorkReport {
  readonly queue: {
    readonly length: number;
    readonly capacity: number | null;
    readonly waitingProducers: number;
  };
  readonly wait: DurationFigures;
  readonly task: DurationFigures;
  /** Jobs that ended, a second, over the last ten seconds. */
  readonly throughputPerSecond: number;
  /** Share of the ended jobs, 0..1; null before the first. */
  readonly errorRate: number | null;
  readonly timeoutRate: number | null;
  readonly activeWorkers: number;
  readonly workers: number;
  readonly ended: Readonly<Record<JobOutcome, number>>;
  /** Jobs refused because no place became free in time. */
  readonly rejected: number;
}

/** Whoever else wants to know: the agent, where it runs. Times in milliseconds. */
export interface WorkMonitor {
  recordWait(durationMs: number): void;
  recordTask(outcome: JobOutcome | "rejected", durationMs?: number): void;
}

/** Counts what happens to jobs. Memory does not grow with their number: durations go into histograms. */
export class WorkFigures {
  readonly #wait = createHistogram();
  readonly #task = createHistogram();
  readonly #endedBySecond = new Map<number, number>();
  readonly #ended = { ok: 0, error: 0, timeout: 0 };
  #rejected = 0;
  #monitor: WorkMonitor | null = null;

  /** Everything counted from now on is told to `monitor` too. */
  tell(monitor: WorkMonitor | null): void {
    this.#monitor = monitor;
  }

  recordWait(durationMs: number): void {
    recordMs(this.#wait, durationMs);
    this.#monitor?.recordWait(durationMs);
  }

  recordEnd(outcome: JobOutcome, durationMs: number): void {
    recordMs(this.#task, durationMs);
    this.#monitor?.recordTask(outcome, durationMs);
    this.#ended[outcome] += 1;
    const second = Math.floor(monotonicMs() / 1000);
    this.#endedBySecond.set(second, (this.#endedBySecond.get(second) ?? 0) + 1);
    for (const old of this.#endedBySecond.keys()) {
      if (old >= second - THROUGHPUT_SECONDS) break;
      this.#endedBySecond.delete(old);
    }
  }

  recordRejection(): void {
    this.#rejected += 1;
    this.#monitor?.recordTask("rejected");
  }

  report(now: Pick<WorkReport, "queue" | "activeWorkers" | "workers">): WorkReport {
    const { ok, error, timeout } = this.#ended;
    const ended = ok + error + timeout;
    return {
      ...now,
      wait: durationFigures(this.#wait),
      task: durationFigures(this.#task),
      throughputPerSecond: this.#recentlyEnded() / THROUGHPUT_SECONDS,
      errorRate: ended === 0 ? null : error / ended,
      timeoutRate: ended === 0 ? null : timeout / ended,
      ended: { ok, error, timeout },
      rejected: this.#rejected,
    };
  }

  /** Whole seconds only: the current one is not over. */
  #recentlyEnded(): number {
    const second = Math.floor(monotonicMs() / 1000);
    let count = 0;
    for (const [at, ended] of this.#endedBySecond) {
      if (at < second && at >= second - THROUGHPUT_SECONDS) count += ended;
    }
    return count;
  }
}

/** The histogram takes whole numbers from 1: microseconds. */
function recordMs(histogram: RecordableHistogram, durationMs: number): void {
  histogram.record(Math.max(1, Math.round(durationMs * 1000)));
}

function durationFigures(histogram: RecordableHistogram): DurationFigures {
  if (histogram.count === 0) return { meanMs: null, p95Ms: null, maxMs: null };
  const toMs = (microseconds: number) => Math.round(microseconds) / 1000;
  return {
    meanMs: toMs(histogram.mean),
    p95Ms: toMs(histogram.percentile(95)),
    maxMs: toMs(histogram.max),
  };
}

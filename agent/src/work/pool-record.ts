import type { PoolFrame } from "../catalog/frame";
import { WORK_METRICS } from "../catalog/work-metrics";
import { BucketHistogram } from "../quantiles/bucket-histogram";
import { histogramsOf, summarizeDurations } from "../quantiles/duration-summary";
import { SlidingHistogram } from "../quantiles/sliding-histogram";
import type { SafeRead } from "./queue-record";
import type { PoolMonitor, PoolSource } from "./work-sources";

/** Everything known of one pool name. Several pools under one name add up. */
export class PoolRecord {
  readonly name: string;
  readonly waitSeconds = new BucketHistogram(WORK_METRICS.poolWait.buckets);
  readonly useSeconds = new BucketHistogram(WORK_METRICS.poolUse.buckets);
  timeouts = 0;
  readonly #waits = new SlidingHistogram();
  readonly #sources = new Set<PoolSource>();
  readonly #read: SafeRead;
  #windowTimeouts = 0;

  constructor(name: string, read: SafeRead) {
    this.name = name;
    this.#read = read;
  }

  addSource(source: PoolSource): PoolMonitor {
    this.#sources.add(source);
    return {
      recordWait: (waitMs) => {
        this.waitSeconds.record(waitMs / 1000);
        this.#waits.record(waitMs * 1000);
      },
      recordUse: (useMs) => {
        this.useSeconds.record(useMs / 1000);
      },
      recordTimeout: () => {
        this.timeouts++;
        this.#windowTimeouts++;
      },
      stop: () => {
        this.#sources.delete(source);
      },
    };
  }

  used(): number {
    return this.#sum((source) => source.used());
  }

  idle(): number {
    return this.#sum((source) => source.idle());
  }

  pending(): number {
    return this.#sum((source) => source.pending());
  }

  /** Null: unbounded, or nobody said. */
  max(): number | null {
    let total: number | null = null;
    for (const source of this.#sources) {
      const max = this.#read(() => source.max?.() ?? Number.NaN);
      if (!Number.isNaN(max)) total = (total ?? 0) + max;
    }
    return total;
  }

  /** Takes what happened since the last call. */
  takeFrame(): PoolFrame {
    const frame = {
      name: this.name,
      used: this.used(),
      idle: this.idle(),
      max: this.max(),
      pending: this.pending(),
      timeouts: this.#windowTimeouts,
      wait: summarizeDurations(this.#waits.window),
      ...histogramsOf({ waitHistogram: this.#waits.window }),
    };
    this.#windowTimeouts = 0;
    this.#waits.turn();
    return frame;
  }

  #sum(read: (source: PoolSource) => number): number {
    let total = 0;
    for (const source of this.#sources) total += this.#read(() => read(source));
    return total;
  }
}

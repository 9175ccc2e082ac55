/**
 * The garbage collections of this thread, observed once for all who ask: each observer costs a service with
 * many short requests some 2 % of its processor time.
 */
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";

/** Collections remembered; at a thousand a second this still covers a block of a quarter of a second. */
const MAX_KEPT = 256;

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

export type CollectionsListener = (entries: readonly PerformanceEntry[]) => void;

export class GarbageCollections {
  readonly #intervals: Interval[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#take(list.getEntries()));
  #listener: CollectionsListener = () => {};

  start(): void {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /** Told of every collection from now on, in batches, a turn or two after it. It must not throw. */
  onCollections(listener: CollectionsListener): void {
    this.#listener = listener;
  }

  /** Tells now what would be told soon. */
  flush(): void {
    this.#take(this.#observer.takeRecords());
  }

  /** Milliseconds of garbage collection. Entries arrive a turn or two late: ask one beat after the block. */
  within(startMs: number, endMs: number): number {
    return overlapMs(this.#intervals, startMs, endMs);
  }

  #take(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      this.#intervals.push({ startMs: entry.startTime, endMs: entry.startTime + entry.duration });
    }
    if (this.#intervals.length > MAX_KEPT) this.#intervals.splice(0, this.#intervals.length - MAX_KEPT);
    if (entries.length > 0) this.#listener(entries);
  }
}

/** Time within [startMs, endMs] that any of the intervals covers. Overlapping intervals count once. */
export function overlapMs(intervals: readonly Interval[], startMs: number, endMs: number): number {
  const clipped = intervals
    .map((interval) => ({
      startMs: Math.max(interval.startMs, startMs),
      endMs: Math.min(interval.endMs, endMs),
    }))
    .filter((interval) => interval.endMs > interval.startMs)
    .sort((a, b) => a.startMs - b.startMs);
  let total = 0;
  let coveredUntilMs = startMs;
  for (const interval of clipped) {
    const from = Math.max(interval.startMs, coveredUntilMs);
    if (interval.endMs > from) {
      total += interval.endMs - from;
      coveredUntilMs = interval.endMs;
    }
  }
  return total;
}

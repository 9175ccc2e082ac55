/** How much of a stretch of time this thread spent collecting garbage. */
import { PerformanceObserver } from "node:perf_hooks";

/** Collections remembered; at a thousand a second this still covers a block of a quarter of a second. */
const MAX_KEPT = 256;

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

export class GarbageCollectionOverlap {
  readonly #intervals: Interval[] = [];
  readonly #observer: PerformanceObserver;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        this.#intervals.push({ startMs: entry.startTime, endMs: entry.startTime + entry.duration });
      }
      if (this.#intervals.length > MAX_KEPT) this.#intervals.splice(0, this.#intervals.length - MAX_KEPT);
    });
  }

  start(): void {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /** Entries arrive a turn or two after the collection: ask one beat after the block. */
  within(startMs: number, endMs: number): number {
    return overlapMs(this.#intervals, startMs, endMs);
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

/** Durations of many frames as one summary. */

import { type DurationSummary, type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";

export class DurationTotal {
  readonly #histogram = new LogLinearHistogram();
  #count = 0;
  #sumMs = 0;
  #worst: DurationSummary | null = null;
  #isWhole = true;

  /** @param histogram what the summary was read off, microseconds; an older agent sends none. */
  add(summary: DurationSummary, histogram: HistogramSnapshot | undefined): void {
    if (summary.count === 0) return;
    this.#count += summary.count;
    this.#sumMs += (summary.meanMs ?? 0) * summary.count;
    this.#worst = this.#worst === null ? summary : worseOf(this.#worst, summary);
    if (histogram === undefined) this.#isWhole = false;
    else this.#histogram.addSnapshot(histogram);
  }

  /** Percentiles of the whole; those of the worst frame where one came without its histogram. */
  summary(): DurationSummary {
    const quantileMs = (fraction: number, worstMs: number | null): number | null =>
      this.#isWhole && this.#count > 0 ? this.#histogram.quantile(fraction) / 1000 : worstMs;
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? null : this.#sumMs / this.#count,
      p50Ms: quantileMs(0.5, this.#worst?.p50Ms ?? null),
      p90Ms: quantileMs(0.9, this.#worst?.p90Ms ?? null),
      p95Ms: quantileMs(0.95, this.#worst?.p95Ms ?? null),
      p99Ms: quantileMs(0.99, this.#worst?.p99Ms ?? null),
      maxMs: this.#worst?.maxMs ?? null,
    };
  }
}

function worseOf(a: DurationSummary, b: DurationSummary): DurationSummary {
  return {
    ...a,
    p50Ms: highest(a.p50Ms, b.p50Ms),
    p90Ms: highest(a.p90Ms, b.p90Ms),
    p95Ms: highest(a.p95Ms, b.p95Ms),
    p99Ms: highest(a.p99Ms, b.p99Ms),
    maxMs: highest(a.maxMs, b.maxMs),
  };
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

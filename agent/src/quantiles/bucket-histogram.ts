import type { Exemplar, HistogramSample } from "./metric-samples";

/** A cumulative-over-life histogram with fixed bounds, as Prometheus wants it. Recording allocates nothing. */
export class BucketHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #exemplars: (Exemplar | null)[] | null = null;
  #sum = 0;
  #count = 0;

  /** @param bounds upper bounds (inclusive), ascending, without +Inf, in the metric's unit. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** In the metric's unit. */
  get sum(): number {
    return this.#sum;
  }

  /** @returns index of the bucket that took the value. */
  record(value: number): number {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] as number)) index++;
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#sum += value;
    this.#count++;
    return index;
  }

  /** Keeps one exemplar a bucket, a new one at most each second. */
  recordTraced(
    value: number,
    trace: { readonly traceId: string; readonly spanId: string },
    atSeconds: number,
  ): void {
    const index = this.record(value);
    this.#exemplars ??= new Array<Exemplar | null>(this.#counts.length).fill(null);
    const kept = this.#exemplars[index];
    if (kept !== null && kept !== undefined && atSeconds - kept.atSeconds < 1) return;
    this.#exemplars[index] = { value, atSeconds, traceId: trace.traceId, spanId: trace.spanId };
  }

  sample(labels: readonly string[]): HistogramSample {
    const plain = { labels, counts: Array.from(this.#counts), sum: this.#sum, bounds: this.#bounds };
    return this.#exemplars === null ? plain : { ...plain, exemplars: [...this.#exemplars] };
  }
}

/**
 * A bounded histogram of any finite numbers, for trends that are not times: negative values, fractions, huge
 * ones. A value's bucket is its sign, exponent and first ten bits of mantissa, so that reading back is off by
 * at most 0.05 %; memory grows with the spread of the values (at most 1024 buckets an octave), never
 * with their number.
 */

const MANTISSA_BITS_KEPT = 10;
const SHIFT = 20 - MANTISSA_BITS_KEPT;
/** Above the biggest bucket number of a positive value; keeps negative and positive apart. */
const SIGN_OFFSET = 2 ** (31 - SHIFT);

const floatView = new Float64Array(1);
const wordView = new Uint32Array(floatView.buffer);
/** Index of the half that holds sign and exponent: depends on the machine's byte order. */
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** What one holds, as it is handed from thread to thread. */
export interface FloatHistogramSnapshot {
  /** Pairs of bucket and count, flattened. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sum: number;
  /** 0 when empty. */
  readonly min: number;
  readonly max: number;
}

export class FloatHistogram {
  readonly #counts = new Map<number, number>();
  #sorted: number[] | null = null;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Exact; 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** Exact; 0 when empty. */
  get max(): number {
    return this.#count === 0 ? 0 : this.#max;
  }

  record(value: number): void {
    const bucket = bucketOf(value);
    const before = this.#counts.get(bucket);
    if (before === undefined) this.#sorted = null;
    this.#counts.set(bucket, (before ?? 0) + 1);
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  snapshot(): FloatHistogramSnapshot {
    const { min, max } = this;
    return { buckets: [...this.#counts].flat(), count: this.#count, sum: this.#sum, min, max };
  }

  /** Adds what another one held. */
  addSnapshot(other: FloatHistogramSnapshot): void {
    if (other.count === 0) return;
    this.#sorted = null;
    for (let pair = 0; pair + 1 < other.buckets.length; pair += 2) {
      const bucket = other.buckets[pair] as number;
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + (other.buckets[pair + 1] as number));
    }
    this.#count += other.count;
    this.#sum += other.sum;
    this.#min = Math.min(this.#min, other.min);
    this.#max = Math.max(this.#max, other.max);
  }

  reset(): void {
    this.#counts.clear();
    this.#sorted = null;
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  /** The value at a nearest rank, 0..1; NaN when empty. */
  quantile(fraction: number): number {
    if (this.#count === 0) return Number.NaN;
    this.#sorted ??= [...this.#counts.keys()].sort((a, b) => a - b);
    const rank = fraction * this.#count;
    let seen = 0;
    for (const bucket of this.#sorted) {
      seen += this.#counts.get(bucket) ?? 0;
      if (seen * (1 + 1e-12) >= rank) return Math.min(Math.max(middleOf(bucket), this.#min), this.#max);
    }
    return this.#max;
  }
}

/** Ordered like the values: negative below zero, zero itself 0. */
function bucketOf(value: number): number {
  if (value === 0) return 0;
  floatView[0] = Math.abs(value);
  const magnitude = ((wordView[HIGH_WORD] as number) >>> SHIFT) + 1;
  return value < 0 ? -magnitude : magnitude;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const high = (Math.abs(bucket) - 1) % SIGN_OFFSET;
  wordView[HIGH_WORD] = (high << SHIFT) >>> 0;
  wordView[1 - HIGH_WORD] = 0;
  const lower = floatView[0] as number;
  wordView[HIGH_WORD] = ((high + 1) << SHIFT) >>> 0;
  const upper = floatView[0] as number;
  const middle = (lower + upper) / 2;
  // Whole numbers, the usual content of a custom trend, come back whole.
  const rounded = Math.round(middle);
  const value = rounded >= lower && rounded < upper && upper - lower <= 1 ? rounded : middle;
  return bucket < 0 ? -value : value;
}

import type { MetricDefinition } from "../catalog/metric-definition";
import { BucketHistogram } from "./bucket-histogram";
import type { HistogramSample, MetricFamily, ScalarSample } from "./metric-samples";

/** Joins label values into a key; no label value that we record holds it. */
const SEPARATOR = "\u0001";

/** Called when a bound folded one observation into `other`. */
export type OnOverflow = () => void;

/**
 * Series of one metric by label values, bounded: the label sets beyond `maxSeries` share one series whose
 * labels are all `other`, and each observation that lands there is reported.
 */
class SeriesTable<T> {
  readonly #create: () => T;
  readonly #maxSeries: number;
  readonly #onOverflow: OnOverflow;
  readonly #series = new Map<string, { readonly labels: readonly string[]; readonly state: T }>();

  constructor(create: () => T, maxSeries: number, onOverflow: OnOverflow) {
    this.#create = create;
    this.#maxSeries = maxSeries;
    this.#onOverflow = onOverflow;
  }

  get(labels: readonly string[]): T {
    const key = labels.join(SEPARATOR);
    const known = this.#series.get(key);
    if (known !== undefined) return known.state;
    if (this.#series.size < this.#maxSeries) return this.#add(key, labels);
    this.#onOverflow();
    const others = labels.map(() => "other");
    const otherKey = others.join(SEPARATOR);
    return this.#series.get(otherKey)?.state ?? this.#add(otherKey, others);
  }

  all(): IterableIterator<{ readonly labels: readonly string[]; readonly state: T }> {
    return this.#series.values();
  }

  #add(key: string, labels: readonly string[]): T {
    const state = this.#create();
    this.#series.set(key, { labels: [...labels], state });
    return state;
  }
}

/** A counter by labels, bounded in number. */
export class CounterSeries implements MetricFamily {
  readonly definition: MetricDefinition;
  readonly #table: SeriesTable<{ value: number }>;

  constructor(definition: MetricDefinition, maxSeries: number, onOverflow: OnOverflow) {
    this.definition = definition;
    this.#table = new SeriesTable(() => ({ value: 0 }), maxSeries, onOverflow);
  }

  add(labels: readonly string[], amount = 1): void {
    this.#table.get(labels).value += amount;
  }

  collect(): readonly ScalarSample[] {
    return [...this.#table.all()].map(({ labels, state }) => ({ labels, value: state.value }));
  }
}

/** A histogram by labels, bounded in number. */
export class HistogramSeries implements MetricFamily {
  readonly definition: MetricDefinition;
  readonly #table: SeriesTable<BucketHistogram>;

  /** @param bounds overrides the definition's, when a service objective was added to them. */
  constructor(
    definition: MetricDefinition,
    maxSeries: number,
    onOverflow: OnOverflow,
    bounds: readonly number[] = definition.buckets ?? [],
  ) {
    this.definition = definition;
    this.#table = new SeriesTable(() => new BucketHistogram(bounds), maxSeries, onOverflow);
  }

  /** The series itself, for callers that keep it and record without a look-up. */
  series(labels: readonly string[]): BucketHistogram {
    return this.#table.get(labels);
  }

  /** In the metric's unit. */
  record(labels: readonly string[], value: number): void {
    this.#table.get(labels).record(value);
  }

  collect(): readonly HistogramSample[] {
    return [...this.#table.all()].map(({ labels, state }) => state.sample(labels));
  }
}

import type { HistogramSnapshot } from "../catalog/log-linear-histogram";
import { LogLinearHistogram } from "../catalog/log-linear-histogram";

/** Six slices of ten seconds make the last minute. */
const SLICES = 6;
const TURNS_PER_SLICE = 10;

/**
 * Observations (whole microseconds) of the current window and of about the last minute. Memory is two dense
 * histograms while something is recorded; past slices are kept sparse.
 */
export class SlidingHistogram {
  readonly #window = new LogLinearHistogram();
  readonly #slice = new LogLinearHistogram();
  readonly #past: HistogramSnapshot[] = [];
  #turns = 0;

  /** Microseconds. */
  record(valueUs: number): void {
    this.#window.record(valueUs);
  }

  /** Adds a histogram of microseconds. */
  addSnapshot(other: HistogramSnapshot): void {
    this.#window.addSnapshot(other);
  }

  /** What was recorded since the last `turn`; read it before turning. */
  get window(): LogLinearHistogram {
    return this.#window;
  }

  /** True when the last minute holds nothing. */
  get idle(): boolean {
    return (
      this.#window.count === 0 && this.#slice.count === 0 && this.#past.every((slice) => slice.count === 0)
    );
  }

  /** Ends the window: to be called about once a second. */
  turn(): void {
    if (this.#window.count > 0) {
      this.#slice.add(this.#window);
      this.#window.reset();
    }
    this.#turns++;
    if (this.#turns < TURNS_PER_SLICE) return;
    this.#turns = 0;
    this.#past.push(this.#slice.snapshot());
    this.#slice.reset();
    if (this.#past.length > SLICES - 1) this.#past.shift();
  }

  /** Adds the last fifty to sixty seconds to `into`. */
  addLastMinuteTo(into: LogLinearHistogram): void {
    for (const slice of this.#past) into.addSnapshot(slice);
    into.add(this.#slice);
    into.add(this.#window);
  }
}

/** When iterations of an open model are due: fixed in advance, never moved by replies. */

import type { Arrivals, Stage } from "../options/scenario-options.js";
import { type LoadSlice, WHOLE_LOAD } from "./load-slice.js";

/** A stretch of the timetable: the rate goes evenly from one value to another. Iterations per millisecond. */
interface Stretch {
  readonly startMs: number;
  readonly durationMs: number;
  readonly fromRate: number;
  readonly toRate: number;
  /** Iterations due before it. */
  readonly countBefore: number;
  readonly count: number;
}

export class ArrivalTimetable {
  readonly #stretches: Stretch[] = [];
  readonly #random: (() => number) | null;
  readonly #threads: number;
  /** Position of the next arrival on the scale of expected counts. */
  #next: number;
  #index = 0;
  readonly durationMs: number;

  /**
   * @param startRate iterations per `timeUnitMs` at the beginning
   * @param stages a stage of duration 0 jumps
   * @param random 0..1, for `poisson`
   * @param slice threads that share an even timetable take its arrivals in turn; independent arrivals at a
   *   share of the rate add up to independent arrivals at the whole rate
   */
  constructor(
    startRate: number,
    stages: readonly Stage[],
    timeUnitMs: number,
    arrivals: Arrivals,
    random: () => number,
    slice: LoadSlice = WHOLE_LOAD,
  ) {
    let rate = startRate / timeUnitMs;
    let startMs = 0;
    let countBefore = 0;
    for (const { durationMs, target } of stages) {
      const toRate = target / timeUnitMs;
      const count = (durationMs * (rate + toRate)) / 2;
      if (durationMs > 0) {
        this.#stretches.push({ startMs, durationMs, fromRate: rate, toRate, countBefore, count });
      }
      rate = toRate;
      startMs += durationMs;
      countBefore += count;
    }
    this.durationMs = startMs;
    this.#random = arrivals === "poisson" ? random : null;
    this.#threads = slice.count;
    // An even timetable at a constant rate begins at once; one that ramps up from zero when the first is due.
    this.#next = this.#random === null ? (startRate > 0 ? 0 : 1) + slice.index : this.#gap();
  }

  /** Milliseconds after the start of the next iteration, each call one later; null when there is none left. */
  next(): number | null {
    for (
      let stretch = this.#stretches[this.#index];
      stretch !== undefined;
      stretch = this.#stretches[++this.#index]
    ) {
      const within = this.#next - stretch.countBefore;
      // The tolerance keeps an arrival that rounding put a hair before the end of the last stretch out.
      if (within < stretch.count - 1e-9) {
        this.#next += this.#gap();
        return stretch.startMs + timeAtCount(stretch, Math.max(0, within));
      }
    }
    return null;
  }

  /** Poisson arrivals are a unit-rate Poisson process on the scale of expected counts. */
  #gap(): number {
    return this.#threads * (this.#random === null ? 1 : -Math.log(1 - this.#random()));
  }
}

/** Solves fromRate * t + (toRate - fromRate) * t² / (2 * duration) = count for t. */
function timeAtCount({ fromRate, toRate, durationMs }: Stretch, count: number): number {
  const slope = (toRate - fromRate) / durationMs;
  if (Math.abs(slope) < 1e-15) return count / fromRate;
  // This form of the root loses no digits when the slope is small.
  return (2 * count) / (fromRate + Math.sqrt(Math.max(0, fromRate * fromRate + 2 * slope * count)));
}

/** How many virtual users of an arrival scenario are free in each thread, in memory that all threads share. */

import type { LoadSlice } from "./load-slice.js";

/** Below any count that additions can bring back above zero. */
const CLOSED = -(2 ** 30);

/** @param scenarios how many there are. @param threads at least 1 */
export function vacanciesBytes(scenarios: number, threads: number): number {
  return scenarios * threads * Int32Array.BYTES_PER_ELEMENT;
}

/**
 * One scenario's row. Whoever takes a vacancy may begin one iteration in the thread that offered it: the thread
 * itself, or another one that hands an arrival over.
 */
export class Vacancies {
  readonly #counts: Int32Array;
  readonly #own: number;

  constructor(memory: SharedArrayBuffer, scenarioIndex: number, { index, count }: LoadSlice) {
    this.#counts = new Int32Array(memory, scenarioIndex * count * Int32Array.BYTES_PER_ELEMENT, count);
    this.#own = index;
  }

  /** Virtual users of this thread have become free. */
  offer(users: number): void {
    Atomics.add(this.#counts, this.#own, users);
  }

  takeOwn(): boolean {
    return this.#takeFrom(this.#own);
  }

  /** @returns the thread that has one, beginning with the next one; null: all are busy */
  takeElsewhere(): number | null {
    const { length } = this.#counts;
    for (let step = 1; step < length; step++) {
      const thread = (this.#own + step) % length;
      if (this.#takeFrom(thread)) return thread;
    }
    return null;
  }

  /**
   * Offers nothing any more, unless free users are promised to arrivals that are still on their way.
   *
   * @param free users of this thread that are free. @returns false: some are promised
   */
  closeUnlessPromised(free: number): boolean {
    for (;;) {
      const offered = Atomics.load(this.#counts, this.#own);
      if (offered >= 0 && offered < free) return false;
      if (Atomics.compareExchange(this.#counts, this.#own, offered, CLOSED) === offered) return true;
    }
  }

  /** @returns how many were offered until now; null: it was closed before */
  close(): number | null {
    const offered = Atomics.exchange(this.#counts, this.#own, CLOSED);
    return offered < 0 ? null : offered;
  }

  #takeFrom(thread: number): boolean {
    for (;;) {
      const offered = Atomics.load(this.#counts, thread);
      if (offered <= 0) return false;
      // Another thread was faster: look again.
      if (Atomics.compareExchange(this.#counts, thread, offered, offered - 1) === offered) return true;
    }
  }
}

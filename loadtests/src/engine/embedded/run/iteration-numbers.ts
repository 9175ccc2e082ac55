/** Numbers of iterations that lie in the memory of a scenario: four bytes, shared by all threads. */

/** The last number there is; a counter of 32 bits. */
const LAST = 2 ** 32 - 1;

/** Hands out the numbers of a scenario's iterations, from 0, each once, whichever thread asks. */
export class IterationNumbers {
  readonly #next: Uint32Array;

  /** @param memory whose word at `index` is the scenario's */
  constructor(memory = new SharedArrayBuffer(4), index = 0) {
    this.#next = new Uint32Array(memory, index * 4, 1);
  }

  get taken(): number {
    return Atomics.load(this.#next, 0);
  }

  take(): number {
    return Atomics.add(this.#next, 0, 1);
  }

  /** The next number, or null when that is not below the limit. */
  takeBelow(limit: number): number | null {
    return this.#move(limit, (next) => next + 1)?.from ?? null;
  }

  /** Takes all that are left below the limit, and says how many those were. */
  takeRest(limit: number): number {
    const moved = this.#move(limit, () => Math.min(limit, LAST));
    return moved === null ? 0 : moved.to - moved.from;
  }

  #move(limit: number, target: (next: number) => number): { from: number; to: number } | null {
    for (;;) {
      const from = Atomics.load(this.#next, 0);
      if (from >= Math.min(limit, LAST)) return null;
      const to = target(from);
      // Another thread was faster: look again.
      if (Atomics.compareExchange(this.#next, 0, from, to) === from) return { from, to };
    }
  }
}

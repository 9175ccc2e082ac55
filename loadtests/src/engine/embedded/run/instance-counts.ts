/** What `exec.instance` tells of all threads: each writes its own row, and reads every other's. */

import type { LoadSlice } from "./load-slice.js";

const FIELDS = ["completed", "interrupted", "active", "initialized"] as const;

/** Iterations that ran to their end and that were interrupted; virtual users at work and made. */
export type InstanceFigures = Readonly<Record<(typeof FIELDS)[number], number>>;

/** @param threads at least 1 */
export function instanceCountsBytes(threads: number): number {
  return threads * FIELDS.length * Float64Array.BYTES_PER_ELEMENT;
}

export class InstanceCounts {
  readonly #rows: Float64Array;
  readonly #own: number;

  constructor(memory: SharedArrayBuffer, { index }: LoadSlice) {
    this.#rows = new Float64Array(memory);
    this.#own = index * FIELDS.length;
  }

  publish(figures: InstanceFigures): void {
    for (const [offset, field] of FIELDS.entries()) this.#rows[this.#own + offset] = figures[field];
  }

  total(field: keyof InstanceFigures): number {
    let sum = 0;
    const { length } = this.#rows;
    for (let at = FIELDS.indexOf(field); at < length; at += FIELDS.length) sum += this.#rows[at] ?? 0;
    return sum;
  }
}

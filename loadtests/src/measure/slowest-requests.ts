import type { SlowRequest } from "../engine/engine.js";

/** A request and how long it took, by which it is kept. */
export interface TimedRequest {
  readonly tookMs: number;
  readonly request: SlowRequest;
}

/** Keeps the slowest requests, by time since the intended start, in a heap whose root is the fastest of them. */
export class SlowestRequests {
  readonly #capacity: number;
  readonly #heap: TimedRequest[] = [];

  /** @param capacity how many are kept, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether a request of this length would be kept: asked first, so that most requests cost one comparison. */
  wants(tookMs: number): boolean {
    const root = this.#heap[0];
    return root === undefined || this.#heap.length < this.#capacity || tookMs > root.tookMs;
  }

  add(tookMs: number, request: SlowRequest): void {
    if (this.#heap.length < this.#capacity) {
      this.#heap.push({ tookMs, request });
      this.#siftUp(this.#heap.length - 1);
    } else {
      this.#heap[0] = { tookMs, request };
      this.#siftDown();
    }
  }

  /** Worst first. */
  entries(): TimedRequest[] {
    return [...this.#heap].sort((a, b) => b.tookMs - a.tookMs);
  }

  /** Worst first. */
  list(): SlowRequest[] {
    return this.entries().map(({ request }) => request);
  }

  #tookMs(index: number): number {
    return this.#heap[index]?.tookMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#tookMs(parent) <= this.#tookMs(index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #siftDown(): void {
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const right = left + 1;
      const smaller = this.#tookMs(right) < this.#tookMs(left) ? right : left;
      if (this.#tookMs(smaller) >= this.#tookMs(index)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }
}

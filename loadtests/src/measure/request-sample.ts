import type { SlowRequest } from "../engine/engine.js";

/** Names kept apart; the rest share one, so that generated URLs cannot fill the memory. */
const MOST_NAMES = 24;
/** From 2^15 ms (33 s) on all durations share a class. */
const MOST_CLASSES = 17;

/** Requests of one name whose durations lie within a factor of two. */
interface Stratum {
  readonly kept: SlowRequest[];
  seen: number;
}

/**
 * A sample of a run's requests that says of every name and every duration how many there were: a uniform one
 * (reservoir: Vitter's algorithm R) of each name's requests from 1 to 2 ms, from 2 to 4 ms, and so on, each
 * weighted by the requests that it stands for. What is slow need not be known beforehand, and many requests
 * behind one fault do not push out the few behind another.
 */
export class RequestSample {
  readonly #random: () => number;
  readonly #mostKept: number;
  readonly #names = new Map<string, Stratum[]>();
  readonly #others: Stratum[] = [];
  #perStratum: number;
  #kept = 0;
  #next: { readonly stratum: Stratum; readonly index: number } | null = null;

  /**
   * @param random uniform in 0 (included) to 1 (excluded). @param perStratum kept at most of a name and class
   * of duration; halved whenever the sample is full. @param mostKept in all, at least 1000.
   */
  constructor(random: () => number, perStratum = 128, mostKept = 2000) {
    this.#random = random;
    this.#perStratum = perStratum;
    this.#mostKept = mostKept;
  }

  /** Counts the request; true: it is to be kept, and `add` must follow with it. Every request, once. */
  wants(name: string, tookMs: number): boolean {
    const stratum = this.#stratumOf(name, tookMs);
    stratum.seen++;
    const { length } = stratum.kept;
    const index = length < this.#perStratum ? length : Math.floor(this.#random() * stratum.seen);
    if (index >= this.#perStratum) return false;
    this.#next = { stratum, index };
    return true;
  }

  add(request: SlowRequest): void {
    if (this.#next === null) return;
    const { stratum, index } = this.#next;
    this.#next = null;
    if (index === stratum.kept.length) this.#kept++;
    stratum.kept[index] = request;
    while (this.#kept > this.#mostKept && this.#perStratum > 1) this.#halve();
  }

  /** Longest first, each with its weight. */
  list(): SlowRequest[] {
    return this.#strata()
      .flatMap(({ kept, seen }) => kept.map((request) => ({ ...request, weight: seen / kept.length })))
      .sort((a, b) => b.endAt - b.intendedAt - (a.endAt - a.intendedAt));
  }

  #stratumOf(name: string, tookMs: number): Stratum {
    let strata = this.#names.get(name);
    if (strata === undefined) {
      if (this.#names.size >= MOST_NAMES) strata = this.#others;
      else {
        strata = [];
        this.#names.set(name, strata);
      }
    }
    const index = Math.min(MOST_CLASSES - 1, 32 - Math.clz32(Math.max(0, tookMs)));
    let stratum = strata[index];
    if (stratum === undefined) {
      stratum = { kept: [], seen: 0 };
      strata[index] = stratum;
    }
    return stratum;
  }

  /** A uniform part of a uniform sample is one. */
  #halve(): void {
    this.#perStratum = Math.floor(this.#perStratum / 2);
    this.#kept = 0;
    for (const { kept } of this.#strata()) {
      while (kept.length > this.#perStratum) {
        const last = kept.pop();
        const index = Math.floor(this.#random() * (kept.length + 1));
        if (last !== undefined && index < kept.length) kept[index] = last;
      }
      this.#kept += kept.length;
    }
  }

  #strata(): Stratum[] {
    // Classes in which nothing ended are holes, which flatMap and filter leave out.
    return [...this.#names.values(), this.#others].flatMap((strata) => strata.filter(() => true));
  }
}

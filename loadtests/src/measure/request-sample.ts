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

/** What a sample holds, as it is handed from thread to thread: each name's strata by class of duration. */
export interface RequestSampleSnapshot {
  readonly perStratum: number;
  readonly names: readonly (readonly [name: string, strata: readonly (Readonly<Stratum> | undefined)[]])[];
  readonly others: readonly (Readonly<Stratum> | undefined)[];
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

  /** Not to be changed by the receiver. */
  snapshot(): RequestSampleSnapshot {
    return { perStratum: this.#perStratum, names: [...this.#names], others: this.#others };
  }

  /** Adds what the sample of other requests holds; of both together it is again a uniform one in each stratum. */
  addSnapshot({ perStratum, names, others }: RequestSampleSnapshot): void {
    while (this.#perStratum > perStratum) this.#halve();
    for (const [name, strata] of names) this.#addStrata(this.#strataOf(name), strata);
    this.#addStrata(this.#others, others);
    while (this.#kept > this.#mostKept && this.#perStratum > 1) this.#halve();
  }

  #addStrata(own: Stratum[], theirs: readonly (Readonly<Stratum> | undefined)[]): void {
    for (const [index, their] of theirs.entries()) {
      if (their === undefined) continue;
      const stratum = own[index] ?? { kept: [], seen: 0 };
      own[index] = stratum;
      const before = stratum.kept.length;
      const merged = this.#drawFromBoth(stratum, their);
      stratum.kept.splice(0, before, ...merged);
      stratum.seen += their.seen;
      this.#kept += merged.length - before;
    }
  }

  /** As if from one urn of all that were seen: each draw is from one side as often as that side has requests left. */
  #drawFromBoth(own: Readonly<Stratum>, their: Readonly<Stratum>): SlowRequest[] {
    const first = { kept: [...own.kept], left: own.seen };
    const second = { kept: [...their.kept], left: their.seen };
    const drawn: SlowRequest[] = [];
    while (drawn.length < this.#perStratum) {
      const side = this.#random() * (first.left + second.left) < first.left ? first : second;
      const [request] = side.kept.splice(Math.floor(this.#random() * side.kept.length), 1);
      if (request === undefined) break;
      drawn.push(request);
      side.left--;
    }
    return drawn;
  }

  #strataOf(name: string): Stratum[] {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= MOST_NAMES) return this.#others;
    const made: Stratum[] = [];
    this.#names.set(name, made);
    return made;
  }

  #stratumOf(name: string, tookMs: number): Stratum {
    const strata = this.#strataOf(name);
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

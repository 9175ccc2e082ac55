/** Timeouts of many requests with few timers: those of equal length end in the order in which they began. */

import { monotonicMs } from "../../../clock.js";

/** In a queue by its own fields, so that a request costs no entry beside it. */
export interface Expiring {
  /** Monotonic; NaN: in no queue. */
  deadlineMs: number;
  /** Its neighbours in the queue. */
  earlier: Expiring | null;
  later: Expiring | null;
  /** Called once, at the deadline or a few milliseconds after it. */
  expire(): void;
}

export class DeadlineQueues {
  readonly #byLength = new Map<number, EqualDeadlines>();

  /** @param timeoutMs from `nowMs` on @param nowMs on the monotonic clock */
  add(one: Expiring, timeoutMs: number, nowMs: number): void {
    let queue = this.#byLength.get(timeoutMs);
    if (queue === undefined) {
      queue = new EqualDeadlines();
      this.#byLength.set(timeoutMs, queue);
    }
    queue.push(one, nowMs + timeoutMs);
  }

  /** @param timeoutMs as it was added with; nothing happens when it has expired */
  remove(one: Expiring, timeoutMs: number): void {
    this.#byLength.get(timeoutMs)?.remove(one);
  }
}

class EqualDeadlines {
  #first: Expiring | null = null;
  #last: Expiring | null = null;
  #timer: NodeJS.Timeout | null = null;

  push(one: Expiring, deadlineMs: number): void {
    one.deadlineMs = deadlineMs;
    one.earlier = this.#last;
    if (this.#last === null) this.#first = one;
    else this.#last.later = one;
    this.#last = one;
    if (this.#timer === null) this.#arm();
  }

  remove(one: Expiring): void {
    if (Number.isNaN(one.deadlineMs)) return;
    const { earlier, later } = one;
    if (earlier === null) this.#first = later;
    else earlier.later = later;
    if (later === null) this.#last = earlier;
    else later.earlier = earlier;
    one.deadlineMs = Number.NaN;
    one.earlier = null;
    one.later = null;
  }

  #arm(): void {
    if (this.#first === null) {
      this.#timer = null;
      return;
    }
    const wait = Math.max(1, Math.ceil(this.#first.deadlineMs - monotonicMs()));
    // Node's timers hold at most 2^31 - 1 ms; waking early only re-arms.
    this.#timer = setTimeout(() => this.#expireDue(), Math.min(wait, 2 ** 31 - 1)).unref();
  }

  #expireDue(): void {
    const now = monotonicMs();
    while (this.#first !== null && this.#first.deadlineMs <= now) {
      const due = this.#first;
      this.remove(due);
      due.expire();
    }
    this.#arm();
  }
}

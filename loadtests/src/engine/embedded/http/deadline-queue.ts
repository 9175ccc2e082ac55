/** Timeouts of many requests with few timers: those of equal length end in the order in which they began. */

import { monotonicMs } from "../../../clock.js";

export interface Expiring {
  /** Called once, at the deadline or a few milliseconds after it. */
  expire(): void;
}

interface Entry {
  readonly owner: Expiring;
  readonly deadlineMs: number;
  previous: Entry | null;
  next: Entry | null;
  queue: EqualDeadlines;
}

/** A handle to give back when the request ended in time. */
export type Deadline = Entry;

export class DeadlineQueues {
  readonly #byLength = new Map<number, EqualDeadlines>();

  /** @param timeoutMs from `nowMs` on @param nowMs on the monotonic clock */
  add(owner: Expiring, timeoutMs: number, nowMs: number): Deadline {
    let queue = this.#byLength.get(timeoutMs);
    if (queue === undefined) {
      queue = new EqualDeadlines();
      this.#byLength.set(timeoutMs, queue);
    }
    return queue.push(owner, nowMs + timeoutMs);
  }

  remove(deadline: Deadline): void {
    deadline.queue.remove(deadline);
  }
}

class EqualDeadlines {
  #first: Entry | null = null;
  #last: Entry | null = null;
  #timer: NodeJS.Timeout | null = null;

  push(owner: Expiring, deadlineMs: number): Entry {
    const entry: Entry = { owner, deadlineMs, previous: this.#last, next: null, queue: this };
    if (this.#last === null) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (this.#timer === null) this.#arm();
    return entry;
  }

  remove(entry: Entry): void {
    if (entry.previous === null && this.#first !== entry) return;
    if (entry.previous === null) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === null) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = null;
    entry.next = null;
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
      const { owner } = this.#first;
      this.remove(this.#first);
      owner.expire();
    }
    this.#arm();
  }
}

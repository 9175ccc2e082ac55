import { FirstInFirstOut } from "./first-in-first-out.js";

/** Too many calls wait already: one more would only wait for longer than anybody wants its answer. */
export class TooManyWaiting extends Error {
  constructor(waiting: number) {
    super(`${waiting} calls wait for their turn already`);
    this.name = "TooManyWaiting";
  }
}

/**
 * Lets at most `limit` calls run at once and queues the others in order. Asynchronous is not unlimited:
 * without it a thousand jobs open a thousand connections to the same downstream.
 */
export class Semaphore {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #waiting = new FirstInFirstOut<() => void>();
  #inUse = 0;

  /** @param maxWaiting callers that may wait; the next is refused with `TooManyWaiting`. */
  constructor(limit: number, maxWaiting = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Rejects with the signal's reason when it aborts before the call had its turn. */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const leave = await this.enter(signal);
    try {
      return await call();
    } finally {
      leave();
    }
  }

  /** Waits for a turn. @returns a function that ends it; calling it again does nothing. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#inUse < this.#limit) this.#inUse += 1;
    else await this.#wait(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) throw new TooManyWaiting(this.#waiting.length);
    return new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.remove(turn);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.append(turn);
    });
  }

  #leave(): void {
    const turn = this.#waiting.takeFirst();
    // The place goes straight to the next in line, so that no newcomer can slip in between.
    if (turn === undefined) this.#inUse -= 1;
    else turn();
  }
}

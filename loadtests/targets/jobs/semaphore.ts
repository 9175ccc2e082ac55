import { FirstInFirstOut } from "./first-in-first-out.js";

/**
 * Lets at most `limit` calls run at once and queues the others in order. Asynchronous is not unlimited: without
 * it a thousand jobs open a thousand connections to the same downstream.
 */
export class Semaphore {
  readonly #limit: number;
  readonly #waiting = new FirstInFirstOut<() => void>();
  #inUse = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Rejects with the signal's reason when it aborts before the call had its turn. */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await call();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inUse < this.#limit) {
      this.#inUse += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
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

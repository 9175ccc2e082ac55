import { Semaphore } from "../service/semaphore.js";

/** The bound of a queue that several services share and that has none itself: producers wait here for a place. */
export class QueueAdmission {
  /** Null: the queue takes whatever comes. */
  readonly capacity: number | null;
  readonly #count: () => Promise<number>;
  /** One producer counts and adds at a time, or two would both take the last place. */
  readonly #turn = new Semaphore(1);
  #onRoom: (() => void) | null = null;
  #length = 0;
  #waitingProducers = 0;

  /** @param count how many jobs wait, of whichever service. */
  constructor(capacity: number | null, count: () => Promise<number>) {
    this.capacity = capacity;
    this.#count = count;
  }

  /** As of the latest count. */
  get length(): number {
    return this.#length;
  }

  get waitingProducers(): number {
    return this.#waitingProducers;
  }

  /**
   * Gives what is known already, or adds it as soon as there is room.
   * @param until aborts when the producer waits no longer; the promise rejects with its reason.
   */
  async knownOrAdded<T>(
    known: () => Promise<T | undefined>,
    add: () => Promise<T>,
    until: AbortSignal,
  ): Promise<T> {
    this.#waitingProducers += 1;
    try {
      return await this.#turn.run(async () => {
        const found = await known();
        if (found !== undefined) return found;
        while (this.capacity !== null && (await this.recount()) >= this.capacity) await this.#room(until);
        const added = await add();
        this.#length += 1;
        return added;
      }, until);
    } finally {
      this.#waitingProducers -= 1;
    }
  }

  /** To be called now and then, too: other services use the queue. */
  async recount(): Promise<number> {
    this.#length = await this.#count();
    if (this.capacity !== null && this.#length < this.capacity) this.makeRoom();
    return this.#length;
  }

  /** A worker, of whichever service, has taken a job: the first producer looks again. */
  makeRoom(): void {
    this.#onRoom?.();
  }

  #room(until: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(until.reason);
      until.addEventListener("abort", giveUp, { once: true });
      this.#onRoom = () => {
        this.#onRoom = null;
        until.removeEventListener("abort", giveUp);
        resolve();
      };
    });
  }
}

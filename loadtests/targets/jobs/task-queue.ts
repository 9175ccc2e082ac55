import { FirstInFirstOut } from "../service/first-in-first-out.js";

export class QueueClosed extends Error {
  constructor() {
    super("the queue is closed: the service is shutting down");
    this.name = "QueueClosed";
  }
}

interface WaitingProducer {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * A queue that pushes back: at `capacity` tasks the next producer waits, so a slow worker slows its producers
 * instead of filling the memory. With `capacity` null it is the fault `unbounded-queue`: nobody ever waits,
 * the queue grows for as long as tasks come faster than they go, and each waits longer than the one before.
 */
export class TaskQueue<T> {
  /** Null: the queue takes whatever comes. */
  readonly capacity: number | null;
  readonly #tasks = new FirstInFirstOut<T>();
  readonly #producers = new FirstInFirstOut<WaitingProducer>();
  readonly #workers = new FirstInFirstOut<(task: T | null) => void>();
  #reserved = 0;
  #closed = false;

  constructor(capacity: number | null) {
    this.capacity = capacity;
  }

  /** Tasks accepted and not yet taken. */
  get length(): number {
    return this.#tasks.length;
  }

  /** Producers held back because the queue is full. */
  get waitingProducers(): number {
    return this.#producers.length;
  }

  /**
   * Waits until there is room and keeps it: every reservation must be followed by `put` or `release`.
   * Rejects with `QueueClosed` once the queue is closed, or with the signal's reason.
   */
  async reserve(signal: AbortSignal): Promise<void> {
    if (this.#closed) throw new QueueClosed();
    signal.throwIfAborted();
    // Those already waiting come first, even when there is room for a newcomer.
    if (this.#producers.length === 0 && this.#hasRoom()) {
      this.#reserved += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stopListening = () => signal.removeEventListener("abort", giveUp);
      const producer: WaitingProducer = {
        admit: () => {
          stopListening();
          resolve();
        },
        refuse: (reason) => {
          stopListening();
          reject(reason);
        },
      };
      const giveUp = () => {
        this.#producers.remove(producer);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#producers.append(producer);
    });
  }

  /** Fills a reserved place. */
  put(task: T): void {
    this.#reserved -= 1;
    const worker = this.#closed ? undefined : this.#workers.takeFirst();
    if (worker === undefined) {
      this.#tasks.append(task);
    } else {
      worker(task);
      this.#admitNext();
    }
  }

  /** Gives a reserved place back. */
  release(): void {
    this.#reserved -= 1;
    this.#admitNext();
  }

  /** The oldest task, waiting for one when there is none; null once the queue is closed. */
  async take(): Promise<T | null> {
    if (this.#closed) return null;
    const task = this.#tasks.takeFirst();
    if (task !== undefined) {
      this.#admitNext();
      return task;
    }
    return await new Promise<T | null>((resolve) => {
      this.#workers.append(resolve);
    });
  }

  /** No task is given out any more; whoever waits is told. What is left stays uncounted in the journal. */
  close(): void {
    this.#closed = true;
    for (let worker = this.#workers.takeFirst(); worker !== undefined; worker = this.#workers.takeFirst()) {
      worker(null);
    }
    for (let next = this.#producers.takeFirst(); next !== undefined; next = this.#producers.takeFirst()) {
      next.refuse(new QueueClosed());
    }
  }

  #hasRoom(): boolean {
    return this.capacity === null || this.#tasks.length + this.#reserved < this.capacity;
  }

  #admitNext(): void {
    while (this.#producers.length > 0 && this.#hasRoom()) {
      this.#reserved += 1;
      this.#producers.takeFirst()?.admit();
    }
  }
}

import { FirstInFirstOut } from "../service/first-in-first-out.js";

/** Tasks on their way from producers to workers. */
export interface TaskQueue<T> {
  /** Tasks accepted and not yet taken. */
  readonly length: number;
  /** Null: the queue takes whatever comes. */
  readonly capacity: number | null;
  /** Producers held back because the queue is full. */
  readonly waitingProducers: number;
  /**
   * Waits until there is room and keeps it: every reservation must be followed by `put` or `release`.
   * Rejects with `QueueClosed` once the queue is closed, or with the signal's reason.
   */
  reserve(signal: AbortSignal): Promise<void>;
  /** Fills a reserved place. */
  put(task: T): void;
  /** Gives a reserved place back. */
  release(): void;
  /** The oldest task, waiting for one when there is none; null once the queue is closed. */
  take(): Promise<T | null>;
  /** No task is given out any more; whoever waits is told. What is left stays uncounted in the journal. */
  close(): void;
}

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
export function createTaskQueue<T>(capacity: number | null): TaskQueue<T> {
  const tasks = new FirstInFirstOut<T>();
  const producers = new FirstInFirstOut<WaitingProducer>();
  const workers = new FirstInFirstOut<(task: T | null) => void>();
  let reserved = 0;
  let closed = false;

  const hasRoom = () => capacity === null || tasks.length + reserved < capacity;
  const admitNext = () => {
    while (producers.length > 0 && hasRoom()) {
      reserved += 1;
      producers.takeFirst()?.admit();
    }
  };

  const reserve = async (signal: AbortSignal): Promise<void> => {
    if (closed) throw new QueueClosed();
    signal.throwIfAborted();
    // Those already waiting come first, even when there is room for a newcomer.
    if (producers.length === 0 && hasRoom()) {
      reserved += 1;
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
        producers.remove(producer);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      producers.append(producer);
    });
  };

  return {
    get length() {
      return tasks.length;
    },
    capacity,
    get waitingProducers() {
      return producers.length;
    },
    reserve,
    put: (task) => {
      reserved -= 1;
      const worker = closed ? undefined : workers.takeFirst();
      if (worker === undefined) {
        tasks.append(task);
      } else {
        worker(task);
        admitNext();
      }
    },
    release: () => {
      reserved -= 1;
      admitNext();
    },
    take: async () => {
      if (closed) return null;
      const task = tasks.takeFirst();
      if (task !== undefined) {
        admitNext();
        return task;
      }
      return await new Promise<T | null>((resolve) => {
        workers.append(resolve);
      });
    },
    close: () => {
      closed = true;
      for (let worker = workers.takeFirst(); worker !== undefined; worker = workers.takeFirst()) worker(null);
      for (let waiting = producers.takeFirst(); waiting !== undefined; waiting = producers.takeFirst()) {
        waiting.refuse(new QueueClosed());
      }
    },
  };
}

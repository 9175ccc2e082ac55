/**
 * What the agent's thread tells the application's thread all the time: its own cost, and how long libuv's pool
 * let a probe wait. Shared memory, because each message would wake both threads, also of an idle process.
 */

/** Waits kept until they are read: five minutes' worth while the main thread is blocked; the oldest go first. */
const MAX_WAITS = 600;
/** Indices of the Float64 head, before the waits. */
const CAPTURES = 0;
const CPU_SECONDS = 1;
const HEAD = 2;
/** Index of the Int32 tail: waits written in all. */
const WRITTEN = 0;
const BYTES = (HEAD + MAX_WAITS) * 8 + 8;

/** What the agent's thread costs, since start. */
export interface AgentCost {
  /** Stacks captured while the application was blocked. */
  readonly captures: number;
  /** Processor time of the thread; null where it cannot be read. */
  readonly cpuSeconds: number | null;
}

export function createThreadVitalsMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(BYTES);
  new Float64Array(memory, 0, HEAD)[CPU_SECONDS] = Number.NaN;
  return memory;
}

export interface ThreadVitalsWriter {
  setCost(cost: AgentCost): void;
  /** Milliseconds that a task of no length waited for the pool. */
  addPoolWait(waitMs: number): void;
}

/** For the agent's thread, the only writer. */
export function writeThreadVitals(memory: SharedArrayBuffer): ThreadVitalsWriter {
  const { head, waits, tail } = viewsOf(memory);
  return {
    setCost: ({ captures, cpuSeconds }) => {
      head[CAPTURES] = captures;
      head[CPU_SECONDS] = cpuSeconds ?? Number.NaN;
    },
    addPoolWait: (waitMs) => {
      const written = Atomics.load(tail, WRITTEN);
      waits[written % MAX_WAITS] = waitMs;
      Atomics.store(tail, WRITTEN, written + 1);
    },
  };
}

export interface ThreadVitalsReader {
  cost(): AgentCost;
  /** Waits since the last call, milliseconds, in order; at most the latest 600. */
  takePoolWaits(): number[];
}

/** For the application's thread. One reader: what one takes, another does not see. */
export function readThreadVitals(memory: SharedArrayBuffer): ThreadVitalsReader {
  const { head, waits, tail } = viewsOf(memory);
  let taken = 0;
  return {
    cost: () => {
      const cpuSeconds = head[CPU_SECONDS] as number;
      return {
        captures: head[CAPTURES] as number,
        cpuSeconds: Number.isNaN(cpuSeconds) ? null : cpuSeconds,
      };
    },
    takePoolWaits: () => {
      const written = Atomics.load(tail, WRITTEN);
      const fresh: number[] = [];
      for (let index = Math.max(taken, written - MAX_WAITS); index < written; index++) {
        fresh.push(waits[index % MAX_WAITS] as number);
      }
      taken = written;
      return fresh;
    },
  };
}

function viewsOf(memory: SharedArrayBuffer): {
  readonly head: Float64Array;
  readonly waits: Float64Array;
  readonly tail: Int32Array;
} {
  return {
    head: new Float64Array(memory, 0, HEAD),
    waits: new Float64Array(memory, HEAD * 8, MAX_WAITS),
    tail: new Int32Array(memory, (HEAD + MAX_WAITS) * 8, 1),
  };
}

/**
 * Shared memory between the threads whose event loops are watched and the agent's own thread: one slot a
 * thread. Imports nothing. A watched thread writes its slot; the agent's thread writes SESSION and its own ready flag
 * only.
 */

/** Threads watched at once; a further one goes unwatched and is counted as dropped. */
export const MAX_SLOTS = 64;
const SLOT_BYTES = 128;

/** Indices of the Float64 half of a slot (bytes 0 to 63). Milliseconds on the process's monotonic clock. */
export const LAST_BEAT_MS = 0;
/** Time until the next beat is due, milliseconds. */
export const PERIOD_MS = 1;
/** When the wrapped native call that is running now began; 0 when none is running. */
export const NATIVE_SINCE_MS = 2;

/** Indices of the Int32 half of a slot (bytes 64 to 127). */
/** FREE, LIVE, CLOSING or WAITING. */
export const STATE = 0;
/** `threadId` of worker_threads, 0 for the main thread. */
export const THREAD_ID = 1;
/** Thread id of the operating system, 0 where unknown. */
export const OS_THREAD_ID = 2;
/** Counts up with each beat. */
export const BEATS = 3;
/** 1 while the agent's thread has an inspector session on this thread. Notified when it turns 0. */
export const SESSION = 4;
/** Reports that the agent's thread has taken from this slot's messages. Notified at each. */
export const REPORTS_TAKEN = 5;
/** Index into the table of wrapped calls of the one that is running now, plus 1; 0: none. */
export const NATIVE_INDEX = 6;

export const FREE = 0;
export const LIVE = 1;
/** The thread is about to exit: disconnect now, open no session any more. */
export const CLOSING = 2;
/** A worker thread waits for work in `Atomics.wait`, as thread pools do: idle, though its loop stands still. */
export const WAITING = 3;

export interface HeartbeatSlot {
  readonly index: number;
  readonly times: Float64Array;
  readonly flags: Int32Array;
}

export function createHeartbeatMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(MAX_SLOTS * SLOT_BYTES + Int32Array.BYTES_PER_ELEMENT);
}

/** One number behind the slots: 1 once the agent's thread watches. Notified then. */
export function readyFlag(memory: SharedArrayBuffer): Int32Array {
  return new Int32Array(memory, MAX_SLOTS * SLOT_BYTES, 1);
}

export function heartbeatSlot(memory: SharedArrayBuffer, index: number): HeartbeatSlot {
  return {
    index,
    times: new Float64Array(memory, index * SLOT_BYTES, 8),
    flags: new Int32Array(memory, index * SLOT_BYTES + 64, 16),
  };
}

/** From this period on a thread beats in the slow rhythm: it has had next to nothing to do for a while. */
const SLOW_PERIOD_MS = 100;

export function isAtRest(slot: HeartbeatSlot): boolean {
  return (slot.times[PERIOD_MS] as number) >= SLOW_PERIOD_MS;
}

/** Takes a free slot for the calling thread; undefined when all are taken. */
export function claimSlot(memory: SharedArrayBuffer, threadId: number): HeartbeatSlot | undefined {
  for (let index = 0; index < MAX_SLOTS; index++) {
    const slot = heartbeatSlot(memory, index);
    if (Atomics.compareExchange(slot.flags, STATE, FREE, CLOSING) !== FREE) continue;
    slot.flags.fill(0, THREAD_ID);
    slot.times.fill(0);
    slot.flags[THREAD_ID] = threadId;
    return slot;
  }
  return undefined;
}

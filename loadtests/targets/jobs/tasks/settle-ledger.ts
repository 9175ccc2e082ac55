import { setImmediate as nextTurn } from "node:timers/promises";
import { numberInput, type Task } from "./task.js";

/** Where V8 optimises it well an await costs 40 ns, elsewhere four times that: enough to block either way. */
const DEFAULT_ENTRIES = 3_000_000;
const ENTRIES_PER_TURN = 1_000;

/** An entry whose amount is at hand: asynchronous by its signature only. */
async function amountOf(entry: number): Promise<number> {
  return entry % 97;
}

/**
 * Fault `microtask-flood`. `await` looks like a pause, but a promise that is already resolved continues in
 * the microtask queue, which is emptied before any timer or socket gets its turn: the loop never turns.
 */
export const settleLedgerInMicrotasks: Task = async (input) => {
  const entries = numberInput(input, "entries", DEFAULT_ENTRIES);
  let balance = 0;
  for (let entry = 0; entry < entries; entry += 1) balance += await amountOf(entry);
  return { entries, balance };
};

/** The mend: a real turn of the event loop after every thousand entries, where others get theirs. */
export const settleLedger: Task = async (input, _tools, signal) => {
  const entries = numberInput(input, "entries", DEFAULT_ENTRIES);
  let balance = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    balance += await amountOf(entry);
    if (entry % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await nextTurn(undefined, { signal });
  }
  return { entries, balance };
};

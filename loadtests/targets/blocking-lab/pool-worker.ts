/** The blocking code again, in a thread of the pool, where it blocks nobody but itself. Runs under piscina. */

import { workerData } from "piscina";
import { composeQuotes, compressSync } from "./broadcast.js";
import { countPrimesInOneGo } from "./computation.js";
import { storeRecordSync } from "./file-write.js";
import type { LabResult } from "./lab-ways.js";
import type { OutsideAddresses } from "./outside-services.js";
import { type OutsideCall, openWaitingCaller, type WaitingCaller } from "./waiting-caller.js";

let caller: WaitingCaller | undefined;

/** Each thread has a caller of its own: that is what a thread for each call costs. */
export function callAndWait(call: OutsideCall): LabResult {
  caller ??= openWaitingCaller(workerData as OutsideAddresses);
  return caller.callAndWait(call);
}

export function writeFile(folder: string): LabResult {
  return storeRecordSync(folder);
}

export function compute(): LabResult {
  return countPrimesInOneGo();
}

/** The compressed message, moved to the main thread, not copied. */
export function compose(): Uint8Array {
  return compressSync(composeQuotes());
}

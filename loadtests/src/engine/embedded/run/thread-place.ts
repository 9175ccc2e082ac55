/** Where a thread stands among those that drive a load: its slice, and the memory that they share. */

import { instanceCountsBytes } from "./instance-counts.js";
import { type LoadSlice, WHOLE_LOAD } from "./load-slice.js";
import { SCRIPT_WATCH_BYTES } from "./script-watch-layout.js";
import { vacanciesBytes } from "./vacancies.js";

export interface ThreadPlace {
  readonly slice: LoadSlice;
  /** Four bytes for each scenario: `IterationNumbers`. */
  readonly iterationNumbers: SharedArrayBuffer;
  /** `Vacancies` of each scenario. */
  readonly vacancies: SharedArrayBuffer;
  /** Eight bytes: `RequestGate`. */
  readonly requestGate: SharedArrayBuffer;
  /** `InstanceCounts`. */
  readonly instanceCounts: SharedArrayBuffer;
  /** `ScriptWatch`: the thread's own, and the run's, which may have to end a thread that hears nothing. */
  readonly scriptWatch: SharedArrayBuffer;
}

/** One place for each thread. @param scenarios how many there are */
export function threadPlaces(scenarios: number, threads: number): ThreadPlace[] {
  const shared = {
    iterationNumbers: new SharedArrayBuffer(4 * scenarios),
    vacancies: new SharedArrayBuffer(vacanciesBytes(scenarios, threads)),
    requestGate: new SharedArrayBuffer(8),
    instanceCounts: new SharedArrayBuffer(instanceCountsBytes(threads)),
  };
  return Array.from({ length: threads }, (_, index) => ({
    slice: { index, count: threads },
    ...shared,
    scriptWatch: new SharedArrayBuffer(SCRIPT_WATCH_BYTES),
  }));
}

/** Of a load that one thread drives. */
export function onlyPlace(scenarios: number): ThreadPlace {
  return { ...(threadPlaces(scenarios, 1)[0] as ThreadPlace), slice: WHOLE_LOAD };
}

/** Which part of a load one of several threads drives. */

import { LoadScriptError } from "../load-script-error.js";
import type { ScenarioOptions } from "../options/scenario-options.js";
import { isOpen, usersNeeded } from "./run-plan.js";

/** Of everything that is numbered from 0, those whose number divided by `count` leaves `index`. */
export interface LoadSlice {
  /** 0..count - 1 */
  readonly index: number;
  /** At least 1. */
  readonly count: number;
}

export const WHOLE_LOAD: LoadSlice = { index: 0, count: 1 };

/** One thread's part of a scenario. */
export interface ScenarioShare {
  /** With the thread's own number of virtual users; those of `ramping-vus` are whole: it counts by the slice. */
  readonly options: ScenarioOptions;
  readonly slice: LoadSlice;
  /** Virtual users that it needs from its start on. */
  readonly users: number;
}

/** How many of the numbers from 0 to `total` - 1 fall to the slice. */
export function shareOf(total: number, { index, count }: LoadSlice): number {
  return Math.max(0, Math.ceil((total - index) / count));
}

/** The parts of all scenarios that fall to a thread, in their order. */
export function scenarioShares(scenarios: readonly ScenarioOptions[], thread: LoadSlice): ScenarioShare[] {
  const { count } = thread;
  let usersBefore = 0;
  return scenarios.map((options) => {
    // A scenario goes on where the one before ended: many small ones do not all fall to the first thread.
    const slice = { index: (thread.index - (usersBefore % count) + count) % count, count };
    usersBefore += usersNeeded(options);
    const share = sliceScenario(options, slice);
    const users =
      options.executor === "ramping-vus" ? shareOf(usersNeeded(options), slice) : usersNeeded(share);
    return { options: share, slice, users };
  });
}

/** @throws LoadScriptError where a thread would have arrivals and nobody to serve them */
export function refuseTooManyThreads(scenarios: readonly ScenarioOptions[], threads: number): void {
  for (const options of scenarios) {
    if (!isOpen(options) || !("maxVus" in options) || options.maxVus >= threads) continue;
    throw new LoadScriptError(
      "options-invalid",
      `the scenario ${options.name} has arrivals for every thread and ${options.maxVus} virtual users at most, ` +
        `fewer than the ${threads} threads: raise its maxVUs, or use fewer threads (--threads).`,
    );
  }
}

function sliceScenario(options: ScenarioOptions, slice: LoadSlice): ScenarioOptions {
  switch (options.executor) {
    case "constant-vus":
    case "shared-iterations":
    case "per-vu-iterations":
      return { ...options, vus: shareOf(options.vus, slice) };
    case "ramping-vus":
      return options;
    case "constant-arrival-rate":
    case "ramping-arrival-rate": {
      const { preAllocatedVus, maxVus } = options;
      // A thread without any would drop its first arrival, which the whole load would not.
      const least = Math.min(preAllocatedVus, 1);
      const allocated = Math.max(least, shareOf(preAllocatedVus, slice));
      return { ...options, preAllocatedVus: allocated, maxVus: shareOf(maxVus, slice) };
    }
  }
}

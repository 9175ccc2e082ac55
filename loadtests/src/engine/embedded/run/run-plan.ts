/** What can be said of a run before it begins. */

import type { ScenarioOptions } from "../options/scenario-options.js";

export function isOpen({ executor }: ScenarioOptions): boolean {
  return executor === "constant-arrival-rate" || executor === "ramping-arrival-rate";
}

/** Users that a scenario needs from its start on. */
export function usersNeeded(options: ScenarioOptions): number {
  if ("vus" in options) return options.vus;
  if ("preAllocatedVus" in options) return options.preAllocatedVus;
  return Math.max(options.startVus, ...options.stages.map(({ target }) => target));
}

/** Milliseconds from its start to the latest end of its regular time. */
export function regularDurationMs(options: ScenarioOptions): number {
  if ("durationMs" in options) return options.durationMs;
  if ("maxDurationMs" in options) return options.maxDurationMs;
  return options.stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** The most users that scenarios need side by side; those that follow each other share. */
export function mostUsersAtOnce(
  shares: readonly { readonly options: ScenarioOptions; readonly users: number }[],
): number {
  const sums = shares.map(({ options: { startTimeMs } }) =>
    shares
      .filter(({ options }) => options.startTimeMs <= startTimeMs && startTimeMs <= latestEndMs(options))
      .reduce((sum, { users }) => sum + users, 0),
  );
  return Math.max(0, ...sums);
}

/** Length of the timetable, graceful stops left out, seconds; null when only iterations bound it. */
export function plannedSeconds(scenarios: readonly ScenarioOptions[]): number | null {
  if (scenarios.some((options) => "maxDurationMs" in options)) return null;
  return Math.max(...scenarios.map((one) => one.startTimeMs + regularDurationMs(one))) / 1000;
}

/** When the last scenario's graceful stop is over, milliseconds from the start of the load. */
export function latestStopMs(scenarios: readonly ScenarioOptions[]): number {
  return Math.max(0, ...scenarios.map(latestEndMs));
}

function latestEndMs(options: ScenarioOptions): number {
  return options.startTimeMs + regularDurationMs(options) + options.gracefulStopMs;
}

/** One line as k6 prints it. */
export function scenarioLine(options: ScenarioOptions): string {
  const notes: string[] = [];
  if (isOpen(options) && "maxVus" in options) {
    const { maxVus, preAllocatedVus } = options;
    notes.push(maxVus === preAllocatedVus ? `maxVUs: ${maxVus}` : `maxVUs: ${preAllocatedVus}-${maxVus}`);
  }
  if (options.exec !== "default") notes.push(`exec: ${options.exec}`);
  if (options.startTimeMs > 0) notes.push(`startTime: ${shownMs(options.startTimeMs)}`);
  if (options.gracefulStopMs > 0) notes.push(`gracefulStop: ${shownMs(options.gracefulStopMs)}`);
  return `${options.name}: ${describeLoad(options)}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

function describeLoad(options: ScenarioOptions): string {
  const time = shownMs(regularDurationMs(options));
  switch (options.executor) {
    case "constant-vus":
      return `${options.vus} looping VUs for ${time}`;
    case "ramping-vus":
      return `Up to ${usersNeeded(options)} looping VUs for ${time} over ${options.stages.length} stages`;
    case "shared-iterations":
      return `${options.iterations} iterations shared among ${options.vus} VUs (maxDuration: ${time})`;
    case "per-vu-iterations":
      return `${options.iterations} iterations for each of ${options.vus} VUs (maxDuration: ${time})`;
    case "constant-arrival-rate":
      return `${perSecond(options.rate, options.timeUnitMs)} iterations/s for ${time}`;
    case "ramping-arrival-rate": {
      const most = Math.max(options.startRate, ...options.stages.map(({ target }) => target));
      return `Up to ${perSecond(most, options.timeUnitMs)} iterations/s for ${time} over ${options.stages.length} stages`;
    }
  }
}

function perSecond(rate: number, timeUnitMs: number): string {
  return ((rate * 1000) / timeUnitMs).toFixed(2);
}

function shownMs(durationMs: number): string {
  if (durationMs < 1000) return `${durationMs}ms`;
  const minutes = Math.floor(durationMs / 60_000);
  const seconds = (durationMs - minutes * 60_000) / 1000;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}

/** Asks an agent for a CPU profile of the application's thread. */

import { epochMs } from "../clock.js";

/** Longest time over the profile's own that the answer may take, milliseconds. */
const GRACE_MS = 15_000;

/** How long `loopscope top` has a profile taken, seconds. */
export const PROFILE_SECONDS = 5;

/**
 * The text of a .cpuprofile. Rejects with a sentence when the agent refuses, does not answer in time, or
 * `signal` ends the wait.
 */
export async function takeCpuProfile(
  url: string,
  seconds: number,
  token: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(`${url}/profile?seconds=${seconds}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000 + GRACE_MS)]),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the agent answered ${response.status}: ${text.slice(0, 200).trim()}`);
  return text;
}

/** What a profile taken now is called: `loopscope-2026-11-21T06-36-28.cpuprofile`. */
export function profileFileName(): string {
  return `loopscope-${new Date(epochMs()).toISOString().slice(0, 19).replaceAll(":", "-")}.cpuprofile`;
}

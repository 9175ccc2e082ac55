/** Asks an agent for a CPU profile of the application's thread. */

/** Longest time over the profile's own that the answer may take, milliseconds. */
const GRACE_MS = 15_000;

/** The text of a .cpuprofile. Rejects with a sentence when the agent refuses or does not answer in time. */
export async function takeCpuProfile(
  url: string,
  seconds: number,
  token: string | undefined,
): Promise<string> {
  const response = await fetch(`${url}/profile?seconds=${seconds}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(seconds * 1000 + GRACE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the agent answered ${response.status}: ${text.slice(0, 200).trim()}`);
  return text;
}

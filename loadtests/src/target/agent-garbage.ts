/** Asks an agent to collect its application's garbage, and what that left. */

/** Longest time that a full collection may take, milliseconds: a heap of many GB takes seconds. */
const LONGEST_MS = 10_000;

/** Bytes of heap in use afterwards; null when the agent is older than the question, refuses, or does not answer. */
export async function collectGarbage(url: string, token: string | undefined): Promise<number | null> {
  try {
    const response = await fetch(`${url}/gc`, {
      method: "POST",
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const { heapUsedBytes } = (await response.json()) as { readonly heapUsedBytes?: number };
    return heapUsedBytes ?? null;
  } catch {
    return null;
  }
}

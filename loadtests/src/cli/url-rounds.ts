/** `compare --ab` on two URLs: what answers there runs already, and is left running. */

import { summarizeLatency } from "./build-run-document.js";
import type { ParsedOptions } from "./command-options.js";
import { failedShareOf, type Round } from "./comparison-round.js";
import { loadOfUrl } from "./round-load.js";
import { type Side, sidesOfRound } from "./side-order.js";

/** Null when interrupted. @param say gets a line for each round. */
export async function measureUrlRounds(
  options: ParsedOptions,
  urls: Readonly<Record<Side, string>>,
  rounds: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Readonly<Record<Side, readonly Round[]>> | null> {
  const measured: Record<Side, Round[]> = { base: [], head: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const side of sidesOfRound(round)) {
      measured[side].push(await measureRound(options, urls[side], signal));
      if (signal.aborted) return null;
    }
    say(`round ${round} of ${rounds}`);
  }
  return measured;
}

async function measureRound(options: ParsedOptions, url: string, signal: AbortSignal): Promise<Round> {
  const load = await loadOfUrl(options, url);
  const quiet = { onLoadStart: () => undefined, onInterval: () => undefined, onConsole: () => undefined };
  const result = await load.run(quiet, [], signal);
  const seconds = (result.endedAt - result.startedAt) / 1000;
  const latency = summarizeLatency(result.latency);
  return {
    failedShare: failedShareOf(result.requests),
    throughput: seconds > 0 ? result.requests.completed / seconds : null,
    meanMs: latency?.mean ?? null,
    p50Ms: latency?.p50 ?? null,
    p95Ms: latency?.p95 ?? null,
    p99Ms: latency?.p99 ?? null,
    target: null,
  };
}

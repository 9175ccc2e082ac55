/** The load of a round of `compare --ab`: the same script, path or URL each time. */

import { prepareBench } from "../engine/autocannon/prepare-bench.js";
import { prepareScript } from "../engine/embedded/prepare-script.js";
import type { PreparedLoad } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import { readBenchOptions } from "./bench-options-reader.js";
import type { ParsedOptions } from "./command-options.js";
import { absoluteUrl, isScriptFile, UNKNOWN_ORIGIN } from "./load-place.js";
import { durationMs, keyValuePairs, wholeNumber } from "./option-values.js";

const DEFAULT_ROUND_MS = 3000;
/** Load before each round that is thrown away: connections open, code warms up. */
const URL_WARMUP_MS = 500;
/** Of a process that has just been started, and compiles what is hot. */
const STARTED_WARMUP_MS = 1000;
const MAX_VUS = 100_000;
/** What a script says itself. */
const REQUEST_OPTIONS = ["pipelining", "timeout", "method", "headers", "body"];

/**
 * What prepares the load for a target's address, null while it is not known.
 * @throws LoopscopeError INVALID_OPTION for an option that does not go with the place.
 */
export function loadOfRounds(
  options: ParsedOptions,
  place: string,
  environment: Readonly<Record<string, string>>,
): (baseUrl: string | null) => Promise<PreparedLoad> {
  if (!isScriptFile(place)) {
    if (options.has("env")) throw new LoopscopeError("INVALID_OPTION", "--env is for a script.");
    return (baseUrl) => loadOfUrl(options, absoluteUrl(place, baseUrl ?? UNKNOWN_ORIGIN), STARTED_WARMUP_MS);
  }
  const stray = REQUEST_OPTIONS.find((name) => options.has(name));
  if (stray !== undefined) {
    throw new LoopscopeError("INVALID_OPTION", `--${stray} is for a URL; ${place} says what it sends.`);
  }
  const variables = keyValuePairs("--env", options.texts("env"));
  const warmup = options.text("warmup");
  const vus = options.text("connections");
  const length = options.text("duration");
  const request = {
    scriptPath: place,
    warmupMs: warmup === undefined ? STARTED_WARMUP_MS : durationMs("--warmup", warmup, 1000),
    overrides: {
      ...(vus === undefined ? {} : { vus: wholeNumber("--connections", vus, 1, MAX_VUS) }),
      ...(length === undefined ? {} : { duration: `${durationMs("--duration", length, 1000)}ms` }),
    },
  };
  return (baseUrl) => {
    const address = baseUrl === null ? {} : { BASE_URL: baseUrl };
    return prepareScript({ ...request, env: { ...environment, ...address, ...variables } });
  };
}

export async function loadOfUrl(
  options: ParsedOptions,
  url: string,
  defaultWarmupMs = URL_WARMUP_MS,
): Promise<PreparedLoad> {
  const stated = await readBenchOptions(options, url);
  const lengthMs = options.has("duration") ? stated.durationMs : DEFAULT_ROUND_MS;
  const warmupMs = options.has("warmup") ? stated.warmupMs : defaultWarmupMs;
  return prepareBench({ ...stated, durationMs: lengthMs, warmupMs }, []);
}

/** Options that every verb that drives load has, and how they are read. */

import { LoopscopeError } from "../loopscope-error.js";
import type { OptionDefinition, ParsedOptions } from "./command-options.js";
import type { TargetRequest } from "./open-target.js";
import { durationMs, httpUrl, keyValuePairs, wholeNumber } from "./option-values.js";

const DEFAULT_START_TIMEOUT_MS = 60_000;

export const TARGET_OPTIONS: readonly OptionDefinition[] = [
  {
    name: "port",
    value: "PORT",
    description: "Port of the target started after --. Default: the first one that it listens on.",
  },
  {
    name: "start-timeout",
    value: "DURATION",
    description: "How long the target may take until it accepts connections (60s, 2m). Default: 60s.",
  },
  {
    name: "target-env",
    value: "KEY=VALUE",
    multiple: true,
    description: "Sets an environment variable for the target started after --.",
  },
  {
    name: "agent",
    value: "URL",
    description: "Endpoint of the agent in a target that already runs, as http://127.0.0.1:9464.",
  },
];

/** More than a machine that generates load has processors; each costs some tens of megabytes. */
const MAX_THREADS = 64;

export const THREADS_OPTION: OptionDefinition = {
  name: "threads",
  value: "N",
  description: `Threads that share the virtual users and arrivals, 1 to ${MAX_THREADS}. Default: 1.`,
};

/** @param text what was given; left out: 1 */
export function readThreadCount(text: string | undefined): number {
  return wholeNumber("--threads", text ?? "1", 1, MAX_THREADS);
}

export const RESULT_OPTIONS: readonly OptionDefinition[] = [
  { name: "name", value: "NAME", description: "Name of the run. Default: the script's or the host's name." },
  { name: "out", value: "FOLDER", description: "Folder for the results. Default: runs/<time>-<name>/." },
  { name: "json", description: "Print run.json on standard output and nothing else." },
  { name: "quiet", short: "q", description: "Show no progress while the load runs." },
  { name: "strict", description: "Exit with 122 when the generator's own audit distrusts the run." },
  {
    name: "no-data-passes",
    description: "Let thresholds without any data pass, as k6 does. Default: they fail.",
  },
];

export function readTargetRequest(options: ParsedOptions, command: readonly string[]): TargetRequest {
  const port = options.text("port");
  const agent = options.text("agent");
  const startTimeout = options.text("start-timeout");
  if (command.length > 0 && agent !== undefined) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      "--agent names a target that already runs; with a command after `--` the agent is started along.",
    );
  }
  for (const name of ["port", "target-env"]) {
    if (command.length > 0 || !options.has(name)) continue;
    throw new LoopscopeError(
      "INVALID_OPTION",
      `--${name} is for a target started by a command after \`--\`.`,
    );
  }
  return {
    command,
    variables: keyValuePairs("--target-env", options.texts("target-env")),
    port: port === undefined ? undefined : wholeNumber("--port", port, 1, 65_535),
    agentUrl: agent === undefined ? undefined : httpUrl("--agent", agent).href,
    startTimeoutMs:
      startTimeout === undefined
        ? DEFAULT_START_TIMEOUT_MS
        : durationMs("--start-timeout", startTimeout, 1000),
  };
}

export interface ResultOptions {
  readonly name: string | undefined;
  readonly outFolder: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly strict: boolean;
  readonly noDataPasses: boolean;
}

export function readResultOptions(options: ParsedOptions): ResultOptions {
  return {
    name: options.text("name"),
    outFolder: options.text("out"),
    json: options.has("json"),
    quiet: options.has("quiet") || options.has("json"),
    strict: options.has("strict"),
    noDataPasses: options.has("no-data-passes"),
  };
}

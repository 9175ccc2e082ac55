/** `compare --ab`: which sides the command line names, and their rounds. */

import { MIN_PAIRS } from "../judge/paired-comparison.js";
import { LoopscopeError } from "../loopscope-error.js";
import { BENCH_OPTIONS } from "./bench-options-reader.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, OptionDefinition, ParsedOptions } from "./command-options.js";
import { type Round, roundOfRun } from "./comparison-round.js";
import { Interruption } from "./interruption.js";
import { isScriptFile } from "./load-place.js";
import type { TargetRequest } from "./open-target.js";
import { httpUrl, wholeNumber } from "./option-values.js";
import { loadOfRounds } from "./round-load.js";
import { readTargetRequest, TARGET_OPTIONS } from "./run-options.js";
import { readShellCommand } from "./shell-words.js";
import type { Side } from "./side-order.js";
import { measureStartedRounds } from "./started-rounds.js";
import { measureUrlRounds } from "./url-rounds.js";

const DEFAULT_ROUNDS = 10;
const MAX_ROUNDS = 1000;

const OPTIONS_AS_IN_BENCH = ["pipelining", "timeout", "method", "headers", "body"];

/** What `--ab` takes of `bench`'s options: those of the load, not those of the judgement. */
export const PATH_LOAD_OPTIONS: readonly OptionDefinition[] = [
  {
    name: "connections",
    short: "c",
    value: "N",
    description: "Connections, or virtual users in place of the script's scenarios. Default: 10.",
  },
  {
    name: "duration",
    short: "d",
    value: "SECONDS",
    description: "Length of a round. Default: 3, or what the script's scenarios take.",
  },
  {
    name: "warmup",
    short: "W",
    value: "SECONDS",
    description: "Load before each round, not counted. Default: 0.5, or 1 for a target started here.",
  },
  ...BENCH_OPTIONS.filter(({ name }) => OPTIONS_AS_IN_BENCH.includes(name)),
];

/** Those that only a side started here has. */
const STARTED_OPTIONS: readonly OptionDefinition[] = [
  {
    name: "base-command",
    value: "COMMAND",
    description:
      "Starts base for each of its rounds, with the agent preloaded. Words as in a shell, but none runs.",
  },
  {
    name: "head-command",
    value: "COMMAND",
    description: "Likewise head. <base> is then the script or path.",
  },
  {
    name: "env",
    short: "e",
    value: "KEY=VALUE",
    multiple: true,
    description: "Sets __ENV.KEY for the script.",
  },
  { name: "port", value: "PORT", description: "Port of both. Default: the first one that each listens on." },
  ...TARGET_OPTIONS.filter(({ name }) => name === "start-timeout"),
  {
    name: "target-env",
    value: "KEY=VALUE",
    multiple: true,
    description: "An environment variable for both.",
  },
];

export const AB_OPTIONS: readonly OptionDefinition[] = [
  { name: "rounds", value: "N", description: "Rounds a side with --ab, at least 6. Default: 10." },
  ...STARTED_OPTIONS,
];

export const AB_ONLY_OPTIONS: readonly string[] = [...PATH_LOAD_OPTIONS, ...AB_OPTIONS].map(
  ({ name }) => name,
);

export interface ComparisonSides {
  readonly base: readonly Round[];
  readonly head: readonly Round[];
  /** What to keep in mind about the figures. */
  readonly notes: readonly string[];
  /** Where the rounds were recorded; null: nowhere, or before. */
  readonly folder: string | null;
}

/** Null: interrupted. @throws LoopscopeError for wrong options, a side that cannot be loaded, or a script that throws. */
export async function measureSides(invocation: Invocation): Promise<ComparisonSides | null> {
  const { options } = invocation;
  const text = options.text("rounds") ?? String(DEFAULT_ROUNDS);
  const rounds = wholeNumber("--rounds", text, MIN_PAIRS, MAX_ROUNDS);
  const targets = readTargets(invocation);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const interruption = new Interruption();
  try {
    if (targets === null) {
      const [base = "", head = ""] = invocation.positionals;
      const urls = { base: httpUrl("<base>", base).href, head: httpUrl("<head>", head).href };
      const measured = await measureUrlRounds(options, urls, rounds, interruption.signal, say);
      return measured === null ? null : { ...measured, notes: [], folder: null };
    }
    return await measureTargets(invocation, targets, rounds, interruption.signal, say);
  } catch (error) {
    if (!interruption.signal.aborted || error instanceof LoopscopeError) throw error;
    say("loopscope: interrupted; the runs of the rounds so far are kept");
    return null;
  } finally {
    interruption.dispose();
  }
}

async function measureTargets(
  { options, positionals, commandLine }: Invocation,
  targets: Readonly<Record<Side, TargetRequest>>,
  rounds: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<ComparisonSides> {
  const place = positionals[0] ?? "";
  const environment = readCommandEnvironment();
  const isScript = isScriptFile(place);
  const { documents, folder } = await measureStartedRounds({
    targets,
    rounds,
    settings: {
      engine: isScript ? "embedded" : "autocannon",
      commandLine,
      scriptFile: isScript ? place : null,
      strict: false,
    },
    outFolder: options.text("out"),
    environment,
    signal,
    prepare: loadOfRounds(options, place, environment.all),
    say,
  });
  const doubts = [...documents.base, ...documents.head].filter(({ trust }) => !trust.ok);
  const note = `${doubts.length} of ${2 * rounds} rounds cannot be trusted: ${doubts[0]?.trust.reasons[0]}`;
  return {
    base: documents.base.map(roundOfRun),
    head: documents.head.map(roundOfRun),
    notes: doubts.length === 0 ? [] : [note],
    folder,
  };
}

/** Null: no command was given, so both sides are URLs. */
function readTargets({ options, positionals }: Invocation): Record<Side, TargetRequest> | null {
  const refuse = (message: string): never => {
    throw new LoopscopeError("INVALID_OPTION", message);
  };
  const commands = { base: options.text("base-command"), head: options.text("head-command") };
  if (commands.base === undefined && commands.head === undefined) {
    const stray = STARTED_OPTIONS.find(({ name }) => options.has(name));
    if (stray !== undefined)
      refuse(`--${stray.name} is for sides started by --base-command and --head-command.`);
    if (positionals.length < 2) {
      refuse(
        "--ab needs two URLs, <base> and <head>, or a script or path with --base-command and --head-command.",
      );
    }
    return null;
  }
  if (positionals.length > 1) {
    refuse(
      `with --base-command and --head-command one script or path is loaded, got "${positionals[1]}" besides.`,
    );
  }
  return { base: targetOf(options, "base", commands.base), head: targetOf(options, "head", commands.head) };
}

function targetOf(options: ParsedOptions, side: Side, text: string | undefined): TargetRequest {
  const option = `--${side}-command`;
  if (text === undefined) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `${option} is missing: --base-command and --head-command go together.`,
    );
  }
  const { command, variables } = readShellCommand(option, text);
  const request = readTargetRequest(options, command);
  return { ...request, variables: { ...request.variables, ...variables } };
}

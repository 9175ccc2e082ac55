import path from "node:path";
import { prepareScript } from "../engine/embedded/prepare-script.js";
import { EXIT_CODES, type ExitCode } from "../exit-codes.js";
import { type CapacityResult, searchCapacity } from "../judge/capacity-search.js";
import { LoopscopeError } from "../loopscope-error.js";
import { formatMs } from "../report/figure-format.js";
import { type CapacityStep, CapacitySteps } from "./capacity-steps.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { Interruption } from "./interruption.js";
import { openTarget } from "./open-target.js";
import { durationMs, keyValuePairs, wholeNumber } from "./option-values.js";
import { readTargetRequest, readThreadCount, TARGET_OPTIONS, THREADS_OPTION } from "./run-options.js";

const MAX_RATE = 1_000_000;
const DEFAULT_FROM = 10;
const DEFAULT_TO = 20_000;
const DEFAULT_STEP_MS = 10_000;
const DEFAULT_PRECISION = 10;

export const CAPACITY_VERB: VerbDefinition = {
  name: "capacity",
  usage: "capacity [options] <script> [-- command that starts the target]",
  summary: "Searches for the highest arrival rate at which all thresholds of a script hold.",
  positionals: ["<script>"],
  takesCommand: true,
  options: [
    {
      name: "from",
      value: "RATE",
      description: `Iterations a second to begin with. Default: ${DEFAULT_FROM}.`,
    },
    { name: "to", value: "RATE", description: `The highest rate that is tried. Default: ${DEFAULT_TO}.` },
    {
      name: "step",
      value: "DURATION",
      description: "Length of one measurement, after a warm-up of a fifth of it. Default: 10s.",
    },
    {
      name: "precision",
      value: "PERCENT",
      description: `How close the answer shall be, 1 to 100. Default: ${DEFAULT_PRECISION}.`,
    },
    {
      name: "env",
      short: "e",
      value: "KEY=VALUE",
      multiple: true,
      description: "Sets __ENV.KEY for the script.",
    },
    THREADS_OPTION,
    ...TARGET_OPTIONS,
    {
      name: "out",
      value: "FOLDER",
      description: "Folder for a run of each step. Default: runs/<time>-<name>/.",
    },
    { name: "json", description: "Print the steps and the result as JSON and nothing else." },
  ],
  examples: ["loopscope capacity load.ts --from 50 --step 20s -- node app.js"],
  execute: executeCapacity,
};

async function executeCapacity(invocation: Invocation): Promise<number> {
  const { options, command } = invocation;
  const search = readSearch(options);
  const stepMs = durationMs("--step", options.text("step") ?? `${DEFAULT_STEP_MS}ms`, 1000);
  const threads = readThreadCount(options.text("threads"));
  const scriptPath = invocation.positionals[0] ?? "";
  const environment = readCommandEnvironment();
  const variables = { ...environment.all, ...keyValuePairs("--env", options.texts("env")) };
  const draft = await prepareScript({ scriptPath, env: variables, overrides: {}, threads });
  if (draft.thresholds.length === 0) {
    throw new LoopscopeError(
      "INVALID_THRESHOLD",
      `${scriptPath} has no thresholds, so every rate would hold: state some in options.thresholds.`,
    );
  }
  const interruption = new Interruption();
  try {
    const target = await openTarget(readTargetRequest(options, command), environment, interruption.signal);
    try {
      const steps = new CapacitySteps({
        scriptPath,
        threads,
        variables: { ...(target.baseUrl === null ? {} : { BASE_URL: target.baseUrl }), ...variables },
        commandLine: invocation.commandLine,
        outFolder: options.text("out"),
        environment,
        target,
        signal: interruption.signal,
        onStep: (step) => process.stderr.write(`${stepLine(step)}\n`),
      });
      const result = await searchCapacity(search, (rate, longer) =>
        steps.measure(rate, longer ? stepMs * 2 : stepMs),
      );
      return report(result, steps.measured, options.has("json"));
    } finally {
      await target.close();
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write("loopscope: interrupted; the runs of the steps so far are kept\n");
    return EXIT_CODES.interrupted;
  } finally {
    interruption.dispose();
  }
}

function readSearch(options: ParsedOptions) {
  const rate = (name: string, otherwise: number): number =>
    wholeNumber(`--${name}`, options.text(name) ?? String(otherwise), 1, MAX_RATE);
  const from = rate("from", DEFAULT_FROM);
  const to = rate("to", Math.max(DEFAULT_TO, from));
  if (from > to) {
    throw new LoopscopeError("INVALID_OPTION", `--from must be at most --to (${to}), got ${from}.`);
  }
  const percent = options.text("precision") ?? String(DEFAULT_PRECISION);
  return { from, to, precision: wholeNumber("--precision", percent, 1, 100) / 100 };
}

function report(result: CapacityResult, steps: readonly CapacityStep[], json: boolean): ExitCode {
  const document = { schema: "loopscope/capacity/1", ...result, steps };
  const last = steps.at(-1);
  const lines = [
    verdict(result),
    ...(last === undefined ? [] : [`runs      ${path.relative(process.cwd(), path.dirname(last.folder))}`]),
  ];
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : lines.join("\n")}\n`);
  return result.rate === null ? EXIT_CODES.thresholdsFailed : EXIT_CODES.passed;
}

function verdict({ rate, failsAt, limitedBy }: CapacityResult): string {
  if (rate === null) return `capacity  none; a threshold fails at ${failsAt} a second already`;
  const end = {
    target: `at ${failsAt} a threshold failed`,
    range: "nothing failed up to there: raise --to",
    generator: `at ${failsAt} the generator, not the target, was the limit`,
  }[limitedBy];
  return `capacity  ${rate} iterations a second; ${end}`;
}

function stepLine({ rate, seconds, verdict: word, p99Ms, utilization, reason }: CapacityStep): string {
  const loop = utilization === null ? "" : `  loop ${(utilization * 100).toFixed(0).padStart(3)} %`;
  const p99 = (p99Ms === null ? "–" : formatMs(p99Ms)).padStart(9);
  const sign = word === "holds" ? "✓" : "✗";
  return `${sign} ${String(rate).padStart(7)}/s for ${seconds} s  p99 ${p99}${loop}  ${word}${reason === null ? "" : `: ${reason}`}`;
}

import type { OptionOverrides } from "../engine/embedded/options/script-options.js";
import type { PreparedLoad } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { conductRun } from "./conduct-run.js";
import { durationMs, keyValuePairs, wholeNumber } from "./option-values.js";
import {
  RESULT_OPTIONS,
  readResultOptions,
  readTargetRequest,
  readThreadCount,
  TARGET_OPTIONS,
  THREADS_OPTION,
} from "./run-options.js";

/** More virtual users than one process can carry. */
const MAX_VUS = 100_000;
const ENGINES = ["embedded", "k6"] as const;

export const RUN_VERB: VerbDefinition = {
  name: "run",
  usage: "run [options] <script> [-- command that starts the target]",
  summary: "Runs a load script in k6's language and judges its thresholds.",
  positionals: ["<script>"],
  takesCommand: true,
  options: [
    {
      name: "engine",
      value: "ENGINE",
      description:
        "embedded (nothing to install) or k6 (the k6 binary, K6_BIN or on the PATH). Default: embedded.",
    },
    {
      name: "env",
      short: "e",
      value: "KEY=VALUE",
      multiple: true,
      description: "Sets __ENV.KEY for the script.",
    },
    {
      name: "vus",
      short: "u",
      value: "N",
      description: "Virtual users, in place of the script's scenarios.",
    },
    { name: "duration", short: "d", value: "DURATION", description: "Length of the load (30s, 1m30s)." },
    { name: "iterations", short: "i", value: "N", description: "Iterations shared by the virtual users." },
    {
      name: "rate",
      value: "N",
      description: "Iterations started a second, whatever the answers take (constant-arrival-rate).",
    },
    {
      name: "warmup",
      value: "DURATION",
      description: "Load before the measurement, not counted (5s, 1m). Embedded engine only.",
    },
    { ...THREADS_OPTION, description: `${THREADS_OPTION.description} Embedded engine only.` },
    { name: "tag", value: "KEY=VALUE", multiple: true, description: "A tag on everything that is measured." },
    ...TARGET_OPTIONS,
    ...RESULT_OPTIONS,
  ],
  examples: [
    "loopscope run load.ts -- node app.js",
    "loopscope run load.ts --rate 200 --duration 1m --out results -- npm start",
    "loopscope run load.ts -e BASE_URL=http://127.0.0.1:3000 --agent http://127.0.0.1:9464",
  ],
  execute: executeRun,
};

async function executeRun(invocation: Invocation): Promise<number> {
  const { options, command } = invocation;
  const script = invocation.positionals[0] ?? "";
  const environment = readCommandEnvironment();
  const overrides = readOverrides(options);
  const scriptVariables = keyValuePairs("--env", options.texts("env"));
  const tags = keyValuePairs("--tag", options.texts("tag"));
  const engine = readEngine(options);
  const warmupMs = readWarmup(options, engine);
  const threads = readThreads(options, engine);
  return await conductRun({
    engine,
    commandLine: invocation.commandLine,
    origin: script,
    scriptFile: script,
    testId: tags.testid,
    target: readTargetRequest(options, command),
    ...readResultOptions(options),
    environment,
    prepare: async (baseUrl, isFollowed) => {
      const variables = {
        ...environment.all,
        ...(baseUrl === null ? {} : { BASE_URL: baseUrl }),
        ...scriptVariables,
      };
      return await prepareByEngine(engine, {
        scriptPath: script,
        env: variables,
        overrides,
        tags,
        warmupMs,
        threads,
        ...(isFollowed && baseUrl !== null ? { namedOrigin: baseUrl } : {}),
      });
    },
  });
}

interface ScriptRequest {
  readonly scriptPath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly overrides: OptionOverrides;
  readonly tags: Readonly<Record<string, string>>;
  readonly warmupMs: number;
  readonly threads: number;
  readonly namedOrigin?: string;
}

async function prepareByEngine(
  engine: (typeof ENGINES)[number],
  request: ScriptRequest,
): Promise<PreparedLoad> {
  // Loaded when needed: a wrong option is answered without paying for an engine.
  if (engine === "k6") {
    const { prepareK6Run } = await import("../engine/k6-binary/prepare-k6-run.js");
    return await prepareK6Run(request);
  }
  const { prepareScript } = await import("../engine/embedded/prepare-script.js");
  return await prepareScript(request);
}

function readEngine(options: ParsedOptions): (typeof ENGINES)[number] {
  const text = options.text("engine") ?? "embedded";
  const engine = ENGINES.find((candidate) => candidate === text);
  if (engine !== undefined) return engine;
  throw new LoopscopeError("INVALID_OPTION", `--engine must be ${ENGINES.join(" or ")}, got "${text}".`);
}

/** @throws LoopscopeError: k6 knows no warm-up, and what it measured cannot be parted afterwards */
function readWarmup(options: ParsedOptions, engine: (typeof ENGINES)[number]): number {
  const text = options.text("warmup");
  if (text === undefined) return 0;
  if (engine === "embedded") return durationMs("--warmup", text, 1000);
  throw new LoopscopeError(
    "INVALID_OPTION",
    "--warmup is for the embedded engine: k6 counts its whole load; give its warm-up a run of its own.",
  );
}

/** @throws LoopscopeError: k6 uses all processors as it is */
function readThreads(options: ParsedOptions, engine: (typeof ENGINES)[number]): number {
  const text = options.text("threads");
  if (text === undefined) return 1;
  if (engine === "embedded") return readThreadCount(text);
  throw new LoopscopeError(
    "INVALID_OPTION",
    `--threads is for the embedded engine, got "${text}" with --engine k6: k6 spreads its virtual users over all processors by itself.`,
  );
}

function readOverrides(options: ParsedOptions): OptionOverrides {
  const vus = options.text("vus");
  const duration = options.text("duration");
  const iterations = options.text("iterations");
  const rate = options.text("rate");
  return {
    ...(vus === undefined ? {} : { vus: wholeNumber("--vus", vus, 1, MAX_VUS) }),
    ...(duration === undefined ? {} : { duration: `${durationMs("--duration", duration, 1000)}ms` }),
    ...(iterations === undefined ? {} : { iterations: wholeNumber("--iterations", iterations, 1, 1e9) }),
    ...(rate === undefined ? {} : { rate: wholeNumber("--rate", rate, 1, 1e6) }),
  };
}

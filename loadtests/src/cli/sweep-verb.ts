import { prepareBench } from "../engine/autocannon/prepare-bench.js";
import { prepareScript } from "../engine/embedded/prepare-script.js";
import type { EngineResult, PreparedLoad } from "../engine/engine.js";
import { EXIT_CODES } from "../exit-codes.js";
import {
  fitScalability,
  type LoadLevel,
  MIN_LEVELS,
  type ScalabilityFit,
  throughputAt,
} from "../judge/scalability-law.js";
import { LoopscopeError } from "../loopscope-error.js";
import { BENCH_OPTIONS, readBenchOptions } from "./bench-options-reader.js";
import { summarizeLatency } from "./build-run-document.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { Interruption } from "./interruption.js";
import { absoluteUrl, isScriptFile, UNKNOWN_ORIGIN } from "./load-place.js";
import { openTarget } from "./open-target.js";
import { durationMs, keyValuePairs, wholeNumber } from "./option-values.js";
import { readTargetRequest, TARGET_OPTIONS } from "./run-options.js";

const DEFAULT_LEVELS = "1,2,5,10,20,50,100";
const DEFAULT_LEVEL_MS = 3000;
const LEVEL_WARMUP_MS = 500;
const MAX_CONNECTIONS = 20_000;
const LOAD_OPTIONS = ["duration", "pipelining", "timeout", "method", "headers", "body"];

export const SWEEP_VERB: VerbDefinition = {
  name: "sweep",
  usage: "sweep [options] <url or script> [-- command that starts the target]",
  summary:
    "Loads a URL, or runs a script, at several concurrency levels, fits the Universal Scalability Law and names the knee.",
  positionals: ["<url or script>"],
  takesCommand: true,
  options: [
    {
      name: "connections",
      short: "c",
      value: "LIST",
      description: `Levels, at least ${MIN_LEVELS}, separated by commas; virtual users of a script. Default: ${DEFAULT_LEVELS}.`,
    },
    {
      name: "env",
      short: "e",
      value: "KEY=VALUE",
      multiple: true,
      description: "Sets __ENV.KEY for the script.",
    },
    ...BENCH_OPTIONS.filter((option) => LOAD_OPTIONS.includes(option.name)),
    ...TARGET_OPTIONS,
    { name: "json", description: "Print levels and fit as JSON and nothing else." },
  ],
  examples: [
    "loopscope sweep -c 1,2,5,10,20,50,100 -d 5 /users -- node app.js",
    "loopscope sweep -c 1,2,4,8,16,32 -d 5 load.ts -- node app.js",
  ],
  execute: executeSweep,
};

interface MeasuredLevel extends LoadLevel {
  readonly connections: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly failed: number;
}

async function executeSweep(invocation: Invocation): Promise<number> {
  const { options, command, positionals } = invocation;
  const levels = readLevels(options.text("connections") ?? DEFAULT_LEVELS);
  const place = positionals[0] ?? "";
  const isScript = isScriptFile(place);
  const noun = isScript ? "virtual users" : "connections";
  if (!isScript) absoluteUrl(place, command.length > 0 ? UNKNOWN_ORIGIN : undefined);
  const interruption = new Interruption();
  try {
    const target = await openTarget(
      readTargetRequest(options, command),
      readCommandEnvironment(),
      interruption.signal,
    );
    try {
      const prepare = isScript
        ? scriptLoads(options, place, target.baseUrl)
        : urlLoads(options, absoluteUrl(place, target.baseUrl ?? undefined));
      const measured: MeasuredLevel[] = [];
      for (const connections of levels) {
        const level = await measureLevel(prepare, connections, interruption.signal);
        if (interruption.signal.aborted) return EXIT_CODES.interrupted;
        measured.push(level);
        process.stderr.write(`${levelLine(level, noun)}\n`);
      }
      return report(measured, noun, options.has("json"));
    } finally {
      await target.close();
    }
  } finally {
    interruption.dispose();
  }
}

function report(measured: readonly MeasuredLevel[], noun: string, json: boolean): number {
  const sound = measured.filter(({ concurrency, throughput }) => concurrency > 0 && throughput > 0);
  if (sound.length < MIN_LEVELS) {
    process.stderr.write(
      `loopscope: only ${sound.length} levels were answered, the fit needs ${MIN_LEVELS}\n`,
    );
    return EXIT_CODES.thresholdsFailed;
  }
  const fit = fitScalability(sound);
  const document = { schema: "loopscope/sweep/1", levels: measured, fit };
  process.stdout.write(
    json ? `${JSON.stringify(document, null, 2)}\n` : `${fitLines(fit, measured, noun).join("\n")}\n`,
  );
  return EXIT_CODES.passed;
}

function fitLines(fit: ScalabilityFit, measured: readonly MeasuredLevel[], noun: string): readonly string[] {
  const best = measured.reduce((most, level) => (level.throughput > most.throughput ? level : most));
  const limit = fit.contention >= fit.coherency * best.concurrency ? "contention" : "coherency";
  const knee =
    fit.peakConcurrency === null
      ? `no peak within twice the largest level (${Math.max(...measured.map((level) => level.connections))})`
      : `the most throughput is expected at ${fit.peakConcurrency} in flight: ${fit.peakThroughput.toFixed(0)}/s`;
  return [
    ...measured.map(
      (level) =>
        `${levelLine(level, noun)}  law ${throughputAt(fit, level.concurrency).toFixed(0).padStart(8)}/s`,
    ),
    "",
    `one at a time ${fit.lambda.toFixed(0)}/s, contention ${fit.contention.toFixed(4)}, ` +
      `coherency ${fit.coherency.toExponential(2)}, R² ${fit.rSquared.toFixed(3)}`,
    `knee: ${knee}; ${limit} limits most`,
  ];
}

function levelLine(level: MeasuredLevel, noun: string): string {
  const { connections, throughput, p50Ms, p99Ms, failed } = level;
  const ms = (value: number | null): string => (value === null ? "–" : `${value.toFixed(2)} ms`).padStart(11);
  const count = String(connections).padStart(6);
  return `${count} ${noun} ${throughput.toFixed(0).padStart(8)}/s  p50${ms(p50Ms)}  p99${ms(p99Ms)}  ${failed} failed`;
}

/** A load of so many connections or virtual users. */
type LevelLoads = (connections: number) => Promise<PreparedLoad>;

function urlLoads(options: ParsedOptions, url: string): LevelLoads {
  return async (connections) => {
    const stated = await readBenchOptions(options, url, connections);
    const lengthMs = options.has("duration") ? stated.durationMs : DEFAULT_LEVEL_MS;
    return prepareBench({ ...stated, durationMs: lengthMs, warmupMs: LEVEL_WARMUP_MS }, []);
  };
}

/** The script's own scenarios are left out: a level is so many virtual users that loop. */
function scriptLoads(options: ParsedOptions, scriptPath: string, baseUrl: string | null): LevelLoads {
  const other = LOAD_OPTIONS.find((name) => name !== "duration" && options.has(name));
  if (other !== undefined) {
    throw new LoopscopeError("INVALID_OPTION", `--${other} is for a URL; ${scriptPath} says what it sends.`);
  }
  const stated = options.text("duration");
  const lengthMs = stated === undefined ? DEFAULT_LEVEL_MS : durationMs("--duration", stated, 1000);
  const env = {
    ...readCommandEnvironment().all,
    ...(baseUrl === null ? {} : { BASE_URL: baseUrl }),
    ...keyValuePairs("--env", options.texts("env")),
  };
  return (vus) => prepareScript({ scriptPath, env, overrides: { vus, duration: `${lengthMs}ms` } });
}

async function measureLevel(
  prepare: LevelLoads,
  connections: number,
  signal: AbortSignal,
): Promise<MeasuredLevel> {
  const load = await prepare(connections);
  const quiet = { onLoadStart: () => undefined, onInterval: () => undefined, onConsole: () => undefined };
  return describeLevel(connections, await load.run(quiet, [], signal));
}

function describeLevel(connections: number, result: EngineResult): MeasuredLevel {
  const seconds = (result.endedAt - result.startedAt) / 1000;
  const latency = summarizeLatency(result.latency);
  return {
    connections,
    concurrency: result.meanInFlight,
    throughput: seconds > 0 ? (result.requests.completed - result.requests.failed) / seconds : 0,
    p50Ms: latency?.p50 ?? null,
    p99Ms: latency?.p99 ?? null,
    failed: result.requests.failed,
  };
}

function readLevels(text: string): readonly number[] {
  const levels = text.split(",").map((part) => wholeNumber("--connections", part.trim(), 1, MAX_CONNECTIONS));
  if (new Set(levels).size < MIN_LEVELS) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `--connections must name at least ${MIN_LEVELS} levels like ${DEFAULT_LEVELS}, got "${text}".`,
    );
  }
  return levels.toSorted((a, b) => a - b);
}

import { prepareBench } from "../engine/autocannon/prepare-bench.js";
import { EXIT_CODES } from "../exit-codes.js";
import { MIN_PAIRS } from "../judge/paired-comparison.js";
import { LoopscopeError } from "../loopscope-error.js";
import { BENCH_OPTIONS, readBenchOptions } from "./bench-options-reader.js";
import { summarizeLatency } from "./build-run-document.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { type Round, readRounds } from "./comparison-rounds.js";
import { compareRounds, comparisonLines, isRegression } from "./comparison-table.js";
import { Interruption } from "./interruption.js";
import { httpUrl, wholeNumber } from "./option-values.js";

const DEFAULT_MARGIN_PERCENT = 10;
const DEFAULT_ROUNDS = 10;
const MAX_ROUNDS = 1000;
const DEFAULT_ROUND_MS = 3000;
/** Load before each round that is thrown away: connections open, code warms up. */
const ROUND_WARMUP_MS = 500;

/** What `--ab` takes of `bench`'s options: those of the load, not those of the judgement. */
const AB_LOAD_OPTIONS = ["connections", "duration", "pipelining", "timeout", "method", "headers", "body"];

export const COMPARE_VERB: VerbDefinition = {
  name: "compare",
  usage: "compare [options] <base> <head>",
  summary:
    "Compares two runs, two folders of runs, or (--ab) two URLs loaded in turn, and says better, worse or same.",
  positionals: ["<base>", "<head>"],
  takesCommand: false,
  options: [
    { name: "margin", value: "PERCENT", description: "Changes up to this are the same. Default: 10." },
    { name: "ab", description: "<base> and <head> are URLs: load them now, in interleaved rounds." },
    { name: "rounds", value: "N", description: "Rounds a side with --ab, at least 6. Default: 10." },
    { name: "json", description: "Print the comparison as JSON and nothing else." },
    ...BENCH_OPTIONS.filter((option) => AB_LOAD_OPTIONS.includes(option.name)),
  ],
  examples: [
    "loopscope compare runs/2026-11-20T22-19-03-main runs/2026-11-20T22-25-41-branch",
    "loopscope compare --ab --rounds 20 -d 5 http://127.0.0.1:3000/ http://127.0.0.1:3001/",
  ],
  execute: executeCompare,
};

async function executeCompare(invocation: Invocation): Promise<number> {
  const { options, positionals } = invocation;
  const [base = "", head = ""] = positionals;
  const margin =
    wholeNumber("--margin", options.text("margin") ?? String(DEFAULT_MARGIN_PERCENT), 1, 1000) / 100;
  refuseStrayOptions(options);
  const sides = options.has("ab") ? await measureInTurn(options, base, head) : await readBoth(base, head);
  if (sides === undefined) return EXIT_CODES.interrupted;
  const comparisons = compareRounds(sides.base, sides.head, margin);
  const regression = isRegression(comparisons);
  if (options.has("json")) {
    const document = { schema: "loopscope/comparison/1", margin, regression, note: sides.note, comparisons };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const verdict = regression ? "REGRESSION: head is worse than base" : "no regression found";
    const lines = [
      ...comparisonLines(comparisons, margin),
      ...(sides.note === null ? [] : [sides.note]),
      verdict,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return regression ? EXIT_CODES.regression : EXIT_CODES.passed;
}

interface Sides {
  readonly base: readonly Round[];
  readonly head: readonly Round[];
  /** What to keep in mind about the figures. */
  readonly note: string | null;
}

function refuseStrayOptions(options: ParsedOptions): void {
  if (options.has("ab")) return;
  const stray = [...AB_LOAD_OPTIONS, "rounds"].find((name) => options.has(name));
  if (stray !== undefined) {
    throw new LoopscopeError("INVALID_OPTION", `--${stray} is for --ab; recorded runs have had their load.`);
  }
}

async function readBoth(base: string, head: string): Promise<Sides> {
  const [before, after] = await Promise.all([readRounds(base), readRounds(head)]);
  if (before.isOneRun !== after.isOneRun) {
    throw new LoopscopeError(
      "INVALID_RUN",
      "<base> and <head> must both be one run, or both be folders of runs.",
    );
  }
  const note = before.isOneRun
    ? "one run a side, cut into tenths: how much runs of the same code differ is not in these intervals; " +
      "a gate wants --ab, or folders of interleaved runs"
    : null;
  return { base: before.rounds, head: after.rounds, note };
}

/** ABBA: drift of the machine hits both sides alike. Undefined when interrupted. */
async function measureInTurn(options: ParsedOptions, base: string, head: string): Promise<Sides | undefined> {
  const rounds = wholeNumber(
    "--rounds",
    options.text("rounds") ?? String(DEFAULT_ROUNDS),
    MIN_PAIRS,
    MAX_ROUNDS,
  );
  const urls = { base: httpUrl("<base>", base).href, head: httpUrl("<head>", head).href };
  const measured: { base: Round[]; head: Round[] } = { base: [], head: [] };
  const interruption = new Interruption();
  try {
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (["base", "head"] as const) : (["head", "base"] as const);
      for (const side of order) {
        measured[side].push(await measureRound(options, urls[side], interruption.signal));
        if (interruption.signal.aborted) return undefined;
      }
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
  } finally {
    interruption.dispose();
  }
  return { ...measured, note: null };
}

async function measureRound(options: ParsedOptions, url: string, signal: AbortSignal): Promise<Round> {
  const stated = await readBenchOptions(options, url);
  const durationMs = options.has("duration") ? stated.durationMs : DEFAULT_ROUND_MS;
  const load = prepareBench({ ...stated, durationMs, warmupMs: ROUND_WARMUP_MS }, []);
  const quiet = { onLoadStart: () => undefined, onInterval: () => undefined, onConsole: () => undefined };
  const result = await load.run(quiet, [], signal);
  const seconds = (result.endedAt - result.startedAt) / 1000;
  const latency = summarizeLatency(result.latency);
  return {
    failedShare: result.requests.started === 0 ? 0 : result.requests.failed / result.requests.started,
    throughput: seconds > 0 ? result.requests.completed / seconds : null,
    meanMs: latency?.mean ?? null,
    p50Ms: latency?.p50 ?? null,
    p95Ms: latency?.p95 ?? null,
    p99Ms: latency?.p99 ?? null,
    cpuMsPerRequest: null,
  };
}

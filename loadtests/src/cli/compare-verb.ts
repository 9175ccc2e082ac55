import { EXIT_CODES, type ExitCode } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import {
  AB_ONLY_OPTIONS,
  AB_OPTIONS,
  type ComparisonSides,
  measureSides,
  PATH_LOAD_OPTIONS,
} from "./ab-rounds.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { readRounds } from "./comparison-rounds.js";
import { compareRounds, comparisonLines, emptyComparison, isRegression } from "./comparison-table.js";
import { wholeNumber } from "./option-values.js";

const DEFAULT_MARGIN_PERCENT = 10;

export const COMPARE_VERB: VerbDefinition = {
  name: "compare",
  usage: "compare [options] <base> <head>",
  summary:
    "Compares two runs, two folders of runs, or (--ab) two targets loaded in turn, and says better, worse or same.",
  positionals: ["<base>", "<head>?"],
  takesCommand: false,
  options: [
    { name: "margin", value: "PERCENT", description: "Changes up to this are the same. Default: 10." },
    {
      name: "ab",
      description:
        "Load both sides now, in interleaved rounds: two URLs, or one script or path with a command a side.",
    },
    ...AB_OPTIONS,
    { name: "json", description: "Print the comparison as JSON and nothing else." },
    ...PATH_LOAD_OPTIONS,
  ],
  examples: [
    "loopscope compare runs/2026-11-20T22-19-03-main runs/2026-11-20T22-25-41-branch",
    "loopscope compare --ab --rounds 20 -d 5 http://127.0.0.1:3000/ http://127.0.0.1:3001/",
    'loopscope compare --ab load.ts --base-command "node ../main/app.js" --head-command "node app.js"',
  ],
  execute: executeCompare,
};

async function executeCompare(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const percent = options.text("margin") ?? String(DEFAULT_MARGIN_PERCENT);
  const margin = wholeNumber("--margin", percent, 1, 1000) / 100;
  const sides = options.has("ab") ? await measureSides(invocation) : await readSides(invocation);
  return sides === null ? EXIT_CODES.interrupted : report(sides, margin, options.has("json"));
}

function report({ base, head, notes, folder }: ComparisonSides, margin: number, json: boolean): ExitCode {
  const comparisons = compareRounds(base, head, margin);
  const regression = isRegression(comparisons);
  const emptiness = regression ? null : emptyComparison(comparisons, head);
  if (json) {
    const note = notes.length === 0 ? null : notes.join("; ");
    const document = {
      schema: "loopscope/comparison/1",
      margin,
      regression,
      emptiness,
      note,
      folder,
      comparisons,
    };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const verdict = regression ? "REGRESSION: head is worse than base" : (emptiness ?? "no regression found");
    const lines = [...comparisonLines(comparisons, margin), ...notes, verdict];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (regression) return EXIT_CODES.regression;
  return emptiness === null ? EXIT_CODES.passed : EXIT_CODES.thresholdsFailed;
}

/** Two recorded runs, or two folders of them. */
async function readSides({ options, positionals }: Invocation): Promise<ComparisonSides> {
  refuseStrayOptions(options);
  const [base = "", head] = positionals;
  if (head === undefined) {
    throw new LoopscopeError(
      "MISSING_ARGUMENT",
      `\`loopscope compare\` needs <head>: loopscope ${COMPARE_VERB.usage}`,
    );
  }
  const [before, after] = await Promise.all([readRounds(base), readRounds(head)]);
  if (before.isOneRun !== after.isOneRun) {
    throw new LoopscopeError(
      "INVALID_RUN",
      "<base> and <head> must both be one run, or both be folders of runs.",
    );
  }
  const notes = before.isOneRun
    ? [
        "one run a side, cut into tenths: how much runs of the same code differ is not in these intervals; " +
          "a gate wants --ab, or folders of interleaved runs",
      ]
    : [];
  return { base: before.rounds, head: after.rounds, notes, folder: null };
}

function refuseStrayOptions(options: ParsedOptions): void {
  const stray = AB_ONLY_OPTIONS.find((name) => options.has(name));
  if (stray === undefined) return;
  throw new LoopscopeError("INVALID_OPTION", `--${stray} is for --ab; recorded runs have had their load.`);
}

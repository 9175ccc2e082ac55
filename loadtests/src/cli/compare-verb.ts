import { epochMs } from "../clock.js";
import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { ComparisonDocument } from "../report/comparison-document.js";
import {
  AB_ONLY_OPTIONS,
  AB_OPTIONS,
  type ComparisonSides,
  measureSides,
  PATH_LOAD_OPTIONS,
} from "./ab-rounds.js";
import type { Invocation, ParsedOptions, VerbDefinition } from "./command-options.js";
import { readRounds } from "./comparison-rounds.js";
import { compareRounds, emptyComparison } from "./comparison-table.js";
import { wholeNumber } from "./option-values.js";
import { reportComparison } from "./report-comparison.js";

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
    {
      name: "out",
      value: "FOLDER",
      description:
        "Folder for comparison.json, junit.xml and summary.md, and for a run of each round of targets started here. Default for these: runs/<time>-<name>/.",
    },
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
  if (sides === null) return EXIT_CODES.interrupted;
  return await reportComparison(documentOf(sides, margin), options.text("out"), options.has("json"));
}

function documentOf({ base, head, notes, folder }: ComparisonSides, margin: number): ComparisonDocument {
  const comparisons = compareRounds(base, head, margin);
  const regression = comparisons.some(({ verdict }) => verdict === "worse");
  return {
    schema: "loopscope/comparison/1",
    at: new Date(epochMs()).toISOString(),
    margin,
    regression,
    emptiness: regression ? null : emptyComparison(comparisons, head),
    note: notes.length === 0 ? null : notes.join("; "),
    folder,
    comparisons,
  };
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

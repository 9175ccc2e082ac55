/**
 * Which blocks does the agent find, and does it name duration, function, line, cause and route as they are?
 * Runs every program of the corpus on each node binary of LOOPSCOPE_BENCH_NODES (paths separated by commas;
 * default: this one), LOOPSCOPE_BENCH_REPEATS times (default 1), and prints a table for each.
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import type { Block } from "../src/catalog/block";
import { type CaseVerdict, judgeRun, readCorpus, runnableOf, runProgram } from "./block-corpus";

interface Row {
  readonly name: string;
  readonly verdict: CaseVerdict;
}

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const repeats = Number(process.env.LOOPSCOPE_BENCH_REPEATS ?? 1);
  const only = process.env.LOOPSCOPE_BENCH_ONLY;
  const corpus = readCorpus().filter(({ file }) => only === undefined || file.includes(only));
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const rows: Row[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const corpusCase of corpus) {
        if (Number(version.slice(1).split(".")[0]) < (corpusCase.expected.node ?? 0)) continue;
        const { file, nodeOptions } = runnableOf(corpusCase);
        const verdict = judgeRun(corpusCase, await runProgram(file, { node, nodeOptions }));
        rows.push({ name: corpusCase.name, verdict });
      }
    }
    printTable(version, rows);
  }
}

function printTable(version: string, rows: readonly Row[]): void {
  console.log(`\n### Node ${version}, ${cpus().length} processors, threshold 50 ms, ${rows.length} runs\n`);
  console.log("| program | detected | duration error | function | line | cause | route | confidence |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const { name, verdict } of rows) {
    const { judged } = verdict;
    console.log(
      `| ${name} | ${mark(verdict.detected)} | ${signed(verdict.durationErrorMs)} | ` +
        `${marked(verdict.functionRight, judged?.function)} | ${marked(verdict.lineRight, judged?.line)} | ` +
        `${marked(verdict.causeRight, judged?.cause)} | ${marked(verdict.routeRight, judged?.route)} | ` +
        `${marked(verdict.confidenceRight, judged?.confidence)} |`,
    );
    for (const block of verdict.falseAccusations)
      console.log(`| **also said** | ${accusationCells(block)} |`);
  }
  const share = (pick: (verdict: CaseVerdict) => boolean | null) => {
    const judged = rows.map(({ verdict }) => pick(verdict)).filter((right) => right !== null);
    return `${judged.filter(Boolean).length}/${judged.length}`;
  };
  const errors = rows
    .map(({ verdict }) => Math.abs(verdict.durationErrorMs ?? Number.NaN))
    .filter((error) => !Number.isNaN(error))
    .sort((a, b) => a - b);
  const at = (fraction: number) =>
    errors[Math.min(errors.length - 1, Math.floor(errors.length * fraction))] ?? 0;
  console.log(
    `\ndetected ${share((v) => v.detected)}, function ${share((v) => v.functionRight)}, ` +
      `line ${share((v) => v.lineRight)}, cause ${share((v) => v.causeRight)}, route ${share((v) => v.routeRight)}, ` +
      `honest about a caller ${rows.filter(({ verdict }) => verdict.honestCaller).length}, ` +
      `wrong but shown as exact ${rows.filter(({ verdict }) => verdict.wrongButExact).length}, ` +
      `false JavaScript verdicts ${rows.reduce((sum, { verdict }) => sum + verdict.falseAccusations.length, 0)}, ` +
      `duration within 5 % or 3 ms ${share((v) => v.durationRight)}, ` +
      `duration error p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms, max ${at(1).toFixed(1)} ms`,
  );
}

/** A block that no program had: in the columns of the table. */
function accusationCells({ durationMs, function: culprit, line, cause, route, confidence }: Block): string {
  return ["–", `${durationMs.toFixed(1)} ms`, culprit, line, cause, route, confidence]
    .map((cell) => cell ?? "–")
    .join(" | ");
}

function mark(right: boolean | null): string {
  return right === null ? "–" : right ? "yes" : "**no**";
}

/** What was said, in bold where it is wrong. */
function marked(right: boolean | null, said: string | number | null | undefined): string {
  const text = said === null || said === undefined ? "–" : String(said);
  return right === false ? `**${text}**` : text;
}

function signed(ms: number | null): string {
  return ms === null ? "–" : `${ms >= 0 ? "+" : ""}${ms.toFixed(1)} ms`;
}

void main();

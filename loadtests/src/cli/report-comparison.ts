/** Prints a comparison, writes its files, tells GitHub, and says the exit code. */

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { EXIT_CODES, type ExitCode } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { ComparisonDocument } from "../report/comparison-document.js";
import {
  comparisonAnnotations,
  comparisonLines,
  renderComparisonJunit,
  renderComparisonMarkdown,
} from "../report/comparison-report.js";
import { appendStepSummary } from "./append-step-summary.js";
import { readCommandEnvironment } from "./command-environment.js";

/** @param outFolder `--out`; undefined: where the rounds' runs are, or nowhere. */
export async function reportComparison(
  document: ComparisonDocument,
  outFolder: string | undefined,
  json: boolean,
): Promise<ExitCode> {
  const folder = document.folder ?? outFolder;
  if (folder !== undefined) await writeComparison(folder, document);
  const place = folder === undefined ? [] : [`runs      ${path.relative(process.cwd(), folder)}`];
  const text = json
    ? JSON.stringify(document, null, 2)
    : [...comparisonLines(document), ...(document.folder === null ? [] : place)].join("\n");
  process.stdout.write(`${text}\n`);
  const { githubActions, githubStepSummary } = readCommandEnvironment();
  if (githubActions) {
    const output = json ? process.stderr : process.stdout;
    for (const line of comparisonAnnotations(document)) output.write(`${line}\n`);
    await appendStepSummary(githubStepSummary, renderComparisonMarkdown(document));
  }
  if (document.regression) return EXIT_CODES.regression;
  return document.emptiness === null ? EXIT_CODES.passed : EXIT_CODES.thresholdsFailed;
}

async function writeComparison(folder: string, document: ComparisonDocument): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "comparison.json"), `${JSON.stringify(document, null, 2)}\n`);
    await writeFile(path.join(folder, "junit.xml"), renderComparisonJunit(document));
    await writeFile(path.join(folder, "summary.md"), renderComparisonMarkdown(document));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoopscopeError("OUTPUT_NOT_WRITABLE", `the comparison's folder cannot be written: ${reason}.`);
  }
}

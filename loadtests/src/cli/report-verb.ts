import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { EXIT_CODES } from "../exit-codes.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { RunDocument } from "../report/run-document.js";
import { readRunTimeline } from "../report/run-timeline.js";
import { renderRunSummary } from "../report/terminal-summary.js";
import {
  REPORT_FILES,
  type ReportFormat,
  renderReport,
  writeRunReports,
} from "../report/write-run-reports.js";
import { readCommandEnvironment } from "./command-environment.js";
import type { Invocation, VerbDefinition } from "./command-options.js";

const FORMATS = Object.keys(REPORT_FILES) as ReportFormat[];

export const REPORT_VERB: VerbDefinition = {
  name: "report",
  usage: "report [options] <run>",
  summary: "Writes the HTML, Markdown, JUnit, CSV, hgrm or k6 form of a recorded run, or shows it again.",
  positionals: ["<run>"],
  takesCommand: false,
  options: [
    {
      name: "format",
      short: "f",
      value: "FORMAT",
      multiple: true,
      description: `Any of ${FORMATS.join(", ")}. Written into the run's folder. Default: the summary, on the terminal.`,
    },
    { name: "stdout", description: "Print the one format asked for on standard output instead." },
  ],
  examples: ["loopscope report runs/2026-11-20T22-19-03-users --format html --format junit"],
  execute: executeReport,
};

async function executeReport(invocation: Invocation): Promise<number> {
  const given = invocation.positionals[0] ?? "";
  const { folder, document } = await readRun(given);
  const formats = invocation.options.texts("format").map(readFormat);
  const [only] = formats;
  if (only === undefined) {
    const { noColor } = readCommandEnvironment();
    const style = {
      colour: process.stdout.isTTY === true && !noColor,
      columns: Math.max(40, process.stdout.columns ?? 100),
    };
    process.stdout.write(`${renderRunSummary(document, style)}\n`);
    return EXIT_CODES.passed;
  }
  if (invocation.options.has("stdout")) {
    if (formats.length > 1) throw new LoopscopeError("INVALID_OPTION", "--stdout takes one --format.");
    const timeline = await readRunTimeline(path.join(folder, document.timeline.frames));
    process.stdout.write(await renderReport(only, document, timeline));
    return EXIT_CODES.passed;
  }
  for (const file of await writeRunReports(folder, document, { formats })) {
    process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
  }
  return EXIT_CODES.passed;
}

/** @throws LoopscopeError INVALID_RUN. @param given the run's folder, or its run.json. */
export async function readRun(given: string): Promise<{ folder: string; document: RunDocument }> {
  const isFolder = (await stat(given).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? path.join(given, "run.json") : given;
  let document: RunDocument;
  try {
    document = JSON.parse(await readFile(file, "utf8")) as RunDocument;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoopscopeError("INVALID_RUN", `no recorded run can be read from ${file}: ${reason}.`);
  }
  if (document.schema !== "loopscope/run/1") {
    const schema = JSON.stringify(document.schema);
    throw new LoopscopeError("INVALID_RUN", `${file} must have the schema "loopscope/run/1", got ${schema}.`);
  }
  return { folder: path.dirname(path.resolve(file)), document };
}

function readFormat(text: string): ReportFormat {
  const format = FORMATS.find((candidate) => candidate === text);
  if (format !== undefined) return format;
  throw new LoopscopeError("INVALID_OPTION", `--format must be one of ${FORMATS.join(", ")}, got "${text}".`);
}

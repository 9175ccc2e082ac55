/**
 * What GitHub Actions reads: annotations from workflow commands on standard output, and Markdown for
 * `$GITHUB_STEP_SUMMARY`. Escaping and limits as in GitHub's documentation of workflow commands.
 */

import { cutAtEnd, printable } from "./figure-format.js";
import { renderMarkdownSummary } from "./markdown-summary.js";
import type { RunDocument } from "./run-document.js";
import { runVerdict, thresholdSentenceOf } from "./run-verdict.js";
import { displayFile, displayPlace } from "./source-place.js";

export interface AnnotationOptions {
  /** The script, relative to the repository; null: annotations without a place. */
  readonly scriptFile?: string | null;
  /** Line in the script, 1-based, of each threshold: keyed `metric expression`. */
  readonly thresholdLines?: ReadonlyMap<string, number>;
  /** The repository's folder: only places below it can be annotated. Default: the working folder. */
  readonly baseFolder?: string;
}

/** GitHub shows at most ten annotations of each kind a step; more would be dropped without a word. */
const MOST_OF_A_KIND = 10;
/** GitHub refuses a step's summary over 1 MiB altogether, and shows nothing of it then. */
const MOST_SUMMARY_BYTES = 1024 * 1024;
/** Its runner cuts what is longer (`_maxIssueMessageLength`), without an ellipsis and through any character. */
const MOST_MESSAGE_CHARACTERS = 4096;
/** The annotation's `title` in GitHub's API for check runs. */
const MOST_TITLE_CHARACTERS = 255;

/**
 * Workflow commands, one a line: an error for each failed threshold (at its own line of the script where that
 * is known), a warning for each finding with a place in the code. At most ten of a kind; the tenth says how
 * many more there are.
 */
export function githubAnnotations(document: RunDocument, options: AnnotationOptions = {}): readonly string[] {
  const base = options.baseFolder ?? process.cwd();
  const script = options.scriptFile ?? null;
  const errors = document.thresholds
    .filter((threshold) => !threshold.ok)
    .map((threshold) =>
      command("error", thresholdSentenceOf(threshold, document), {
        file: script,
        line: options.thresholdLines?.get(`${threshold.metric} ${threshold.expression}`) ?? null,
        title: `${threshold.metric} ${threshold.expression}`,
      }),
    );
  const verdict = runVerdict(document);
  const broken =
    verdict.kind === "broken" || verdict.kind === "stopped"
      ? [command("error", verdict.sentence, { file: script, line: null, title: document.name })]
      : [];
  const warnings = document.findings
    .filter((finding) => finding.severity !== "info")
    .map((finding) => {
      const { location } = finding;
      const inside = location !== null && isBelow(location.file, base);
      const text = [finding.title, ...finding.evidence, finding.remedy]
        .filter((part) => part !== "")
        .join("\n");
      return command("warning", text, {
        file: inside ? displayFile(location.file, base) : null,
        line: inside ? location.line : null,
        title: location === null ? finding.cause : (displayPlace(location, base) ?? finding.cause),
      });
    });
  return [...limited([...broken, ...errors], "error"), ...limited(warnings, "warning")];
}

/**
 * Markdown to append to `$GITHUB_STEP_SUMMARY`; empty where nothing more fits.
 * @param takenBytes what the step's summary holds already.
 */
export function githubStepSummary(document: RunDocument, baseFolder: string, takenBytes = 0): string {
  const text = `${renderMarkdownSummary(document, baseFolder)}\n`;
  const room = MOST_SUMMARY_BYTES - takenBytes;
  if (Buffer.byteLength(text) <= room) return text;
  const note = "\n\n… cut: a step's summary may hold 1 MiB. The whole is in `summary.md`.\n";
  const rest = room - Buffer.byteLength(note);
  if (rest <= 0) return "";
  const kept = Buffer.from(text).subarray(0, rest);
  return kept.subarray(0, Math.max(0, kept.lastIndexOf("\n"))).toString("utf8") + note;
}

/**
 * Text that is not ours (the target's output, the script's console, names) as it may stand in a step's log:
 * nothing in it works as a workflow command. The runner takes `::command::` after leading spaces and
 * `##[command]` anywhere in a line; a space of no width parts them.
 */
export function withoutGithubCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, "$1:\u200b").replaceAll("##[", "#\u200b#[");
}

function limited(commands: readonly string[], kind: "error" | "warning"): readonly string[] {
  if (commands.length <= MOST_OF_A_KIND) return commands;
  const shown = commands.slice(0, MOST_OF_A_KIND - 1);
  const more = `${commands.length - shown.length} more are in the run's summary`;
  return [...shown, command(kind, more, { file: null, line: null, title: "Loopscope" })];
}

function command(
  kind: "error" | "warning",
  text: string,
  place: { readonly file: string | null; readonly line: number | null; readonly title: string },
): string {
  const title = cutAtEnd(printable(place.title), MOST_TITLE_CHARACTERS);
  const properties = [
    ...(place.file === null ? [] : [`file=${escapedProperty(place.file)}`]),
    ...(place.file === null || place.line === null ? [] : [`line=${place.line}`]),
    `title=${escapedProperty(title)}`,
  ];
  const message = text
    .split(/\r\n|[\r\n]/)
    .map(printable)
    .join("\n");
  return `::${kind} ${properties.join(",")}::${escapedData(cutAtEnd(message, MOST_MESSAGE_CHARACTERS))}`;
}

function isBelow(file: string, base: string): boolean {
  const shown = displayFile(file, base);
  return !shown.startsWith("/") && !shown.startsWith("node:") && !shown.startsWith("node_modules/");
}

function escapedData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

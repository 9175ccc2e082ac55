/**
 * What GitHub Actions reads: annotations from workflow commands on standard output, and Markdown for
 * `$GITHUB_STEP_SUMMARY`. Escaping and limits as in GitHub's documentation of workflow commands.
 */

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
/** GitHub refuses a step's summary over 1 MiB altogether. */
const MOST_SUMMARY_BYTES = 1024 * 1024;

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

/** Markdown for `$GITHUB_STEP_SUMMARY`, cut at a line where it would be over GitHub's 1 MiB. */
export function githubStepSummary(document: RunDocument, baseFolder: string): string {
  const text = renderMarkdownSummary(document, baseFolder);
  if (Buffer.byteLength(text) <= MOST_SUMMARY_BYTES) return text;
  const note = "\n\n… cut: a step's summary may hold 1 MiB. The whole is in `summary.md`.\n";
  const room = Buffer.from(text).subarray(0, MOST_SUMMARY_BYTES - Buffer.byteLength(note));
  const cut = room.lastIndexOf("\n");
  return room.subarray(0, Math.max(0, cut)).toString("utf8") + note;
}

/**
 * Wraps text that is not ours (the target's output, the script's console), so that nothing in it works as a
 * workflow command. `token` must not occur in the text: take a random one.
 */
export function withoutGithubCommands(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}\n::${token}::`;
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
  const properties = [
    ...(place.file === null ? [] : [`file=${escapedProperty(place.file)}`]),
    ...(place.file === null || place.line === null ? [] : [`line=${place.line}`]),
    `title=${escapedProperty(place.title)}`,
  ];
  return `::${kind} ${properties.join(",")}::${escapedData(text)}`;
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

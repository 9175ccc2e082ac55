/** GitHub Actions' workflow commands and their limits, as its runner reads them. */

import { cutAtEnd, printable } from "./figure-format.js";

/** GitHub shows at most ten annotations of each kind a step; more would be dropped without a word. */
const MOST_OF_A_KIND = 10;
/** GitHub refuses a step's summary over 1 MiB altogether, and shows nothing of it then. */
const MOST_SUMMARY_BYTES = 1024 * 1024;
/** Its runner cuts what is longer (`_maxIssueMessageLength`), without an ellipsis and through any character. */
const MOST_MESSAGE_CHARACTERS = 4096;
/** The annotation's `title` in GitHub's API for check runs. */
const MOST_TITLE_CHARACTERS = 255;

export interface Annotation {
  readonly kind: "error" | "warning";
  readonly text: string;
  /** Relative to the repository; null: no place. */
  readonly file: string | null;
  readonly line: number | null;
  readonly title: string;
}

/**
 * Text that is not ours (the target's output, the script's console, names) as it may stand in a step's log:
 * nothing in it works as a workflow command. The runner takes `::command::` after leading spaces and
 * `##[command]` anywhere in a line; a space of no width parts them.
 */
export function withoutGithubCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, "$1:\u200b").replaceAll("##[", "#\u200b#[");
}

/** Commands of annotations of one kind, one a line; of more than ten the tenth says how many more there are. */
export function annotationCommands(annotations: readonly Annotation[]): readonly string[] {
  const [first] = annotations;
  if (first === undefined || annotations.length <= MOST_OF_A_KIND) return annotations.map(command);
  const shown = annotations.slice(0, MOST_OF_A_KIND - 1);
  const text = `${annotations.length - shown.length} more are in the run's summary`;
  return [...shown, { kind: first.kind, text, file: null, line: null, title: "Loopscope" }].map(command);
}

/** What of `text` may be appended to a step's summary that holds `takenBytes`; empty where nothing more fits. */
export function fittingStepSummary(text: string, takenBytes: number): string {
  const room = MOST_SUMMARY_BYTES - takenBytes;
  if (Buffer.byteLength(text) <= room) return text;
  const note = "\n\n… cut: a step's summary may hold 1 MiB. The whole is in `summary.md`.\n";
  const rest = room - Buffer.byteLength(note);
  if (rest <= 0) return "";
  const kept = Buffer.from(text).subarray(0, rest);
  return kept.subarray(0, Math.max(0, kept.lastIndexOf("\n"))).toString("utf8") + note;
}

function command({ kind, text, file, line, title }: Annotation): string {
  const properties = [
    ...(file === null ? [] : [`file=${escapedProperty(file)}`]),
    ...(file === null || line === null ? [] : [`line=${line}`]),
    `title=${escapedProperty(cutAtEnd(printable(title), MOST_TITLE_CHARACTERS))}`,
  ];
  const lines = text.split(/\r\n|[\r\n]/).map(printable);
  const message = cutAtEnd(lines.join("\n"), MOST_MESSAGE_CHARACTERS);
  return `::${kind} ${properties.join(",")}::${escapedData(message)}`;
}

function escapedData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

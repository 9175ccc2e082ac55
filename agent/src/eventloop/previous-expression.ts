/**
 * An interrupt that a native call held up is served at the next function entry or loop. So a late sample
 * shows the call after the slow one: the expression evaluated just before it is to blame. Pure; a scanner,
 * not a parser: it looks backwards through the calls of the same block of code.
 */
import type { RawFrame } from "./block-report";
import { type CallExpression, callsBefore } from "./call-scanner";

export interface PreviousExpression {
  /** The blamed frame first. */
  readonly stack: readonly RawFrame[];
  /** What it called, as written: `strings.slice().sort`. */
  readonly callee: string;
  /** False when the callee is a function of the same file, so that the blame stops one frame too high. */
  readonly certain: boolean;
}

/** @param textOf text of a file as it runs; null where it cannot be read. */
export function blameBeforeSample(
  frames: readonly RawFrame[],
  textOf: (file: string) => string | null,
): PreviousExpression | null {
  const own = frames.findIndex((frame) => frame.file !== null && !frame.file.startsWith("node:"));
  if (own === -1) return null;
  // Served inside Node's code or a built-in: the caller's own line is where it is.
  if (own > 0) return null;
  const top = frames[0] as RawFrame;
  // At the entry of a function, what ran before lies in the caller, before this call.
  const position = top.atEntry ? 1 : 0;
  const frame = frames[position];
  if (frame?.file === undefined || frame.file === null || frame.line === null || frame.column === null)
    return null;
  const text = textOf(frame.file);
  if (text === null) return null;
  const blamed = callsBefore(text, frame.line, frame.column).at(-1);
  if (blamed === undefined) return null;
  return {
    stack: [{ ...frame, line: blamed.line, column: blamed.column }, ...frames.slice(position + 1)],
    callee: blamed.callee,
    certain: !isDefinedIn(text, blamed),
  };
}

function isDefinedIn(text: string, call: CallExpression): boolean {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(call.callee)) return false;
  const name = call.callee.replaceAll("$", "\\$");
  return new RegExp(`(function\\s*\\*?\\s*|(?:const|let|var)\\s+|import[^;]*\\b|[{,]\\s*)${name}\\b`).test(
    text,
  );
}

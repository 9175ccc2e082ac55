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

/** A function that has called nothing yet leads to its caller; so many callers are looked at. */
const MAX_CLIMB = 3;

/** @param textOf text of a file as it runs; null where it cannot be read. */
export function blameBeforeSample(
  frames: readonly RawFrame[],
  textOf: (file: string) => string | null,
): PreviousExpression | null {
  const own = frames.findIndex((frame) => frame.file !== null && !frame.file.startsWith("node:"));
  if (own === -1) return null;
  // Served inside Node's code or a built-in: the caller's own line is where it is.
  if (own > 0) return null;
  // At the entry of a function, what ran before lies in the caller, before this call.
  const first = frames[0]?.atEntry === true ? 1 : 0;
  for (let position = first; position < first + MAX_CLIMB; position++) {
    const frame = frames[position];
    if (frame === undefined || frame.file === null || frame.awaits) return null;
    const found = blameWithin(frame, textOf);
    if (found === null) continue;
    const { line, column, callee } = found.call;
    return {
      stack: [{ ...frame, line, column }, ...frames.slice(position + 1)],
      callee,
      certain: !isDefinedIn(found.text, found.call),
    };
  }
  return null;
}

/** The last call that was complete in this function before the frame's position. */
function blameWithin(
  frame: RawFrame,
  textOf: (file: string) => string | null,
): { readonly call: CallExpression; readonly text: string } | null {
  if (frame.file === null || frame.line === null || frame.column === null) return null;
  const text = textOf(frame.file);
  const call = text === null ? undefined : callsBefore(text, frame.line, frame.column).at(-1);
  return text === null || call === undefined ? null : { call, text };
}

function isDefinedIn(text: string, call: CallExpression): boolean {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(call.callee)) return false;
  const name = call.callee.replaceAll("$", "\\$");
  return new RegExp(`(function\\s*\\*?\\s*|(?:const|let|var)\\s+|import[^;]*\\b|[{,]\\s*)${name}\\b`).test(
    text,
  );
}

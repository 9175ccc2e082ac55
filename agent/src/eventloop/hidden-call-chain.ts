/**
 * Follows a hidden callee through the text of its file: as long as a function makes one call and no other,
 * its time is that call's, whatever the engine compiled into what. Pure; a scanner, no parser.
 */
import type { RawFrame } from "./block-report";
import { type CallExpression, callsIn, offsetOf } from "./call-scanner";
import { bodyOfFunction, definitionsOf, hiddenIn, isDefinedHere, movedCall } from "./hidden-callee";

/** What takes the place of a frame whose time is hidden in a callee. */
export interface HiddenCallChain {
  /** Innermost first; the last one is the frame itself, at the call that it makes. */
  readonly frames: readonly RawFrame[];
  /** The last call is a native one, so that the time is known to be there; else it stops a call too high. */
  readonly certain: boolean;
}

const MAX_DEPTH = 4;
const LOOP_WITHIN = /\b(?:for|while|do)\b\s*(?:await\b\s*)?[({]/;
const CHEAP = /^Math\.|\.(?:charCodeAt|codePointAt|charAt|at|get|has|push)$/;

/** @returns null when the frame is where the time went, or nothing tells which callee took it. */
export function followHidden(frame: RawFrame, text: string): HiddenCallChain | null {
  const hidden = hiddenIn(frame, text);
  if (hidden?.call == null) return null;
  const frames = [at(frame, hidden.call)];
  let { call } = hidden;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (!isDefinedHere(text, call.callee)) {
      return depth > 0 && isCheap(call.callee) ? null : { frames, certain: true };
    }
    const next = onlyCallOf(call.callee, text);
    if (next === "none") return null;
    if (next === "unknown") break;
    frames.unshift(at({ ...next.frame, file: frame.file }, next.call));
    call = next.call;
  }
  return { frames, certain: false };
}

/** Costs nothing by itself, however often it is called: then what calls it took the time. */
export function isCheap(callee: string): boolean {
  return CHEAP.test(callee);
}

interface OnlyCall {
  readonly frame: RawFrame;
  readonly call: CallExpression;
}

/** `none`: the callee does nothing that could take long; `unknown`: which of its calls does, or which callee. */
function onlyCallOf(callee: string, text: string): OnlyCall | "none" | "unknown" {
  const name = callee.split(/\??\./).at(-1) as string;
  const [offset, ...more] = definitionsOf(text, callee);
  if (offset === undefined || more.length > 0) return "unknown";
  const scope = bodyOfFunction(text, offset);
  if (scope === null) return "unknown";
  const body = text.slice(scope.start, scope.end);
  const calls = callsIn(body);
  // A loop would have been asked by itself, and a recursion has more than one frame.
  if (LOOP_WITHIN.test(body) || calls.some((call) => call.callee === callee)) return "unknown";
  const [call] = calls;
  if (call === undefined) return "none";
  if (calls.length > 1) return "unknown";
  const before = text.slice(0, offset).split("\n");
  const start = { functionLine: before.length, functionColumn: (before.at(-1) as string).length + 1 };
  const frame = { function: name, line: null, column: null, ...start, atEntry: false, awaits: false };
  return { frame: { ...frame, file: null }, call: movedCall(call, text, scope.start) };
}

/** Names and arithmetic only: nothing that could last, or call what lasts. */
const PLAIN_EXPRESSION = /^\s*\{?\s*(?:return\b)?[\w\s.$!<>=?:&|+\-*/%;]*\}?$/;

/**
 * A sample at the entry of a function that can take no time itself tells of what ran before it: the native
 * call that calls it back, or the rest of the loop that it is called from.
 */
export function isTooSmall(frame: RawFrame, text: string): boolean {
  if (!frame.atEntry || frame.line === null || frame.column === null) return false;
  const scope = bodyOfFunction(text, offsetOf(text, frame.line, frame.column));
  return scope !== null && PLAIN_EXPRESSION.test(text.slice(scope.start, scope.end));
}

function at(frame: RawFrame, { line, column }: CallExpression): RawFrame {
  return { ...frame, line, column, atEntry: false };
}

/**
 * The engine serves an interrupt only where a function begins and where a loop starts anew. What optimised
 * code has taken into a function is not asked in between, so that such a sample shows the loop, or the next
 * call of the function, while a callee without a loop of its own took the time. Pure; a scanner, no parser.
 */
import type { RawFrame } from "./block-report";
import { type CallExpression, callsIn, endOfBracket, endOfExpression, offsetOf } from "./call-scanner";

export interface HiddenCallee {
  /** The only call there, whose time it then is; null when it may be any of several, or none. */
  readonly call: CallExpression | null;
}

const LOOP = /^(for|while|do)\b/;
/** Beyond either bound the frame is taken for what it seems: the agent's thread has blocks to watch for. */
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_CALLEES = 32;
/** Columns: in a longer line, which a bundler made, lines say nothing. */
const LONGEST_WRITTEN_LINE = 300;

/** @returns null when the frame is where the time went, as far as the text of its file can tell. */
export function hiddenIn(frame: RawFrame, text: string): HiddenCallee | null {
  if (frame.line === null || frame.column === null || text.length > MAX_TEXT_LENGTH) return null;
  const offset = startOfLoop(text, offsetOf(text, frame.line, frame.column));
  const isLoop = isLoopAt(text, offset);
  if (!isLoop && !frame.atEntry) return null;
  const scope = isLoop ? loopAt(text, offset) : bodyOfFunction(text, offset);
  if (scope === null) return null;
  const own = frame.function.split(/[. ]/).at(-1);
  const calls = callsIn(text.slice(scope.start, scope.end)).filter(({ callee }) => callee !== own);
  const callees = [...new Set(calls.map(({ callee }) => callee))].slice(0, MAX_CALLEES);
  const [call] = calls;
  const only = call !== undefined && calls.length === 1 ? movedCall(call, text, scope.start) : null;
  if (callees.some((callee) => isDefinedHere(text, callee))) return { call: only };
  const spansLines = text.slice(offset, scope.end).includes("\n");
  return isLoop || !spansLines || call === undefined ? null : { call: only };
}

/**
 * Where the engine does not ask, a sample was taken in what is called from there, though none of it may show;
 * the time may then as well be that of another call of the same loop, or of the same function.
 * @returns true when such a call stands on another line
 */
export function mayBeOfAnotherCall(frame: RawFrame, text: string): boolean {
  const { line, column } = frame;
  if (line === null || column === null || text.length > MAX_TEXT_LENGTH || frame.atEntry) return false;
  const offset = offsetOf(text, line, column);
  if (isLoopAt(text, startOfLoop(text, offset))) return false;
  const body = bodyAround(frame, text);
  if (body === null) return true;
  const { start, end } = innermostLoop(text, body.start, offset) ?? body;
  const calls = callsIn(text.slice(start, end)).map((call) => movedCall(call, text, start));
  const isGenerated = end - text.lastIndexOf("\n", end) > LONGEST_WRITTEN_LINE;
  return isGenerated ? calls.length > 1 : calls.some((call) => call.line !== line);
}

/** The loop around `offset`, its head included; null: none. */
function innermostLoop(text: string, from: number, offset: number): Scope | null {
  const keywords = [...text.slice(from, offset).matchAll(/\b(?:for|while|do)\b/g)];
  for (const { index } of keywords.reverse()) {
    const loop = loopAt(text, from + index);
    if (loop !== null && loop.start <= offset && offset < loop.end) return loop;
  }
  return null;
}

/** Whether the frame's function makes other calls than the one that a sample shows; true where unknown. */
export function makesSeveralCalls(frame: RawFrame, text: string): boolean {
  const body = bodyAround(frame, text);
  return body === null || callsIn(text.slice(body.start, body.end)).length > 1;
}

/** The body of the frame's function; null where unknown. */
function bodyAround({ functionLine, functionColumn }: RawFrame, text: string): Scope | null {
  if (functionLine === null || functionColumn === null || text.length > MAX_TEXT_LENGTH) return null;
  return bodyOfFunction(text, offsetOf(text, functionLine, functionColumn));
}

function isLoopAt(text: string, offset: number): boolean {
  return LOOP.test(text.slice(offset, offset + 6));
}

/** Where the iterator of a `for...of` is asked, V8 gives the place of the variable. */
function startOfLoop(text: string, offset: number): number {
  const head = /\bfor\s*(?:await\s*)?\(\s*(?:(?:const|let|var)\s+)?$/.exec(
    text.slice(Math.max(0, offset - 60), offset),
  );
  return head === null ? offset : offset - head[0].length;
}

export interface Scope {
  readonly start: number;
  readonly end: number;
}

/** The head and the body of a loop. */
function loopAt(text: string, keyword: number): Scope | null {
  if (text.startsWith("do", keyword)) return { start: keyword, end: endOfExpression(text, keyword) };
  const head = text.indexOf("(", keyword);
  return head === -1 ? null : { start: head, end: endOfBlock(text, endOfBracket(text, head)) };
}

/** The body of the function whose parameters (or whose first word) stand at `offset`. */
export function bodyOfFunction(text: string, offset: number): Scope | null {
  const parameters = text.indexOf("(", offset);
  const arrow = text.indexOf("=>", offset);
  if (parameters === -1 && arrow === -1) return null;
  let start =
    parameters === -1 || (arrow !== -1 && arrow < parameters) ? arrow : endOfBracket(text, parameters);
  start += /^\s*(=>)?/.exec(text.slice(start, start + 200))?.[0].length ?? 0;
  return { start, end: endOfBlock(text, start) };
}

/** A block in braces, or one statement. */
function endOfBlock(text: string, start: number): number {
  const first = start + (/^\s*/.exec(text.slice(start, start + 500))?.[0].length ?? 0);
  return text[first] === "{" ? endOfBracket(text, first) : endOfExpression(text, first);
}

/** A function or method of the same file, or something imported: code that may have been taken in. */
export function isDefinedHere(text: string, callee: string): boolean {
  const name = escaped(nameOf(callee));
  const imported = `\\bimport\\b[^;()]*\\b${name}\\b|\\b(?:const|let|var)\\s+(?:\\{[^}]*\\b)?${name}\\b`;
  if (definitionsOf(text, callee).length > 0) return true;
  return !isMember(callee) && new RegExp(imported).test(text);
}

/** Offsets just before the parameters of the functions or methods of the file that the callee may be. */
export function definitionsOf(text: string, callee: string): readonly number[] {
  const name = escaped(nameOf(callee));
  const value = "(?:async\\s*)?(?:function\\b|(?=\\()|(?=[\\w$]+\\s*=>))";
  const method = `(?:^|[;{},])\\s*(?:(?:async|static|get|set)\\s+)*${name}\\s*(?=\\([^)]*\\)\\s*\\{)`;
  const property = `(?:\\b|\\.)${name}\\s*[:=]\\s*${value}`;
  const declared = `\\bfunction\\s*\\*?\\s*${name}\\b|\\b(?:const|let|var)\\s+${name}\\s*=\\s*${value}`;
  const pattern = new RegExp(isMember(callee) ? `${method}|${property}` : declared, "gm");
  return [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
}

function isMember(callee: string): boolean {
  return callee.includes(".") || callee.startsWith("#");
}

function nameOf(callee: string): string {
  return callee.split(/\??\./).at(-1) as string;
}

function escaped(name: string): string {
  return name.replaceAll("$", "\\$");
}

/** A call found in a piece of the text that begins at `start`, at its place in the whole text. */
export function movedCall(call: CallExpression, text: string, start: number): CallExpression {
  const before = text.slice(0, start).split("\n");
  const column = call.line === 1 ? (before.at(-1) as string).length + call.column : call.column;
  return { ...call, line: before.length + call.line - 1, column };
}

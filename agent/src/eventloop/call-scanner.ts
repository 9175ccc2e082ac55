/** Finds call expressions in JavaScript text by scanning tokens: strings, templates, comments and regular
 * expressions are skipped, nesting is followed. Pure. */

export interface CallExpression {
  /** What is called, as written, without its arguments. */
  readonly callee: string;
  /** 1-based position of the last name of the callee, as V8 reports a call. */
  readonly line: number;
  readonly column: number;
}

interface OpenBracket {
  readonly bracket: string;
  readonly call: CallExpression | null;
  /** Calls completed inside, up to here. */
  readonly calls: CallExpression[];
  /** The bracket opens the body of a function: what is in it runs by itself, not where it stands. */
  readonly isFunctionBody: boolean;
}

/** Scanning stops here: a bundle of many megabytes is not worth the time. */
const MAX_TEXT_LENGTH = 4_000_000;

/** Calls that are complete before the position and in the same block of code, in order of evaluation. */
export function callsBefore(text: string, line: number, column: number): readonly CallExpression[] {
  if (text.length > MAX_TEXT_LENGTH) return [];
  const target = offsetOf(text, line, column);
  const open: OpenBracket[] = [{ bracket: "", call: null, calls: [], isFunctionBody: true }];
  let index = 0;
  while (index < target) {
    const skipped = skipNonCode(text, index);
    if (skipped > index) {
      index = skipped;
      continue;
    }
    const character = text[index] as string;
    if ("([{".includes(character)) {
      open.push({
        bracket: character,
        call: character === "(" ? callAt(text, index) : null,
        calls: [],
        isFunctionBody: character === "{" && opensFunctionBody(text, index),
      });
    } else if (")]}".includes(character) && open.length > 1) {
      const closed = open.pop() as OpenBracket;
      const outer = open.at(-1) as OpenBracket;
      // Arguments are evaluated before their call; a function that is only defined has not run.
      if (!closed.isFunctionBody) outer.calls.push(...closed.calls);
      if (closed.call !== null) outer.calls.push(closed.call);
    }
    index++;
  }
  return callsOfInnermostFunction(open);
}

/** Calls in a piece of code, without those in functions that it only defines. */
export function callsIn(code: string): readonly CallExpression[] {
  const lines = code.split("\n");
  return callsBefore(code, lines.length, (lines.at(-1) as string).length + 1);
}

/**
 * Offset just after what begins at `start` (an opening bracket) and all that is nested in it; the end of the
 * text when it is never closed.
 */
export function endOfBracket(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; ) {
    const skipped = skipNonCode(text, index);
    if (skipped > index) {
      index = skipped;
      continue;
    }
    const character = text[index] as string;
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    index++;
    if (depth === 0) return index;
  }
  return text.length;
}

/** Offset where the statement or expression that begins at `start` ends: at `;`, `,` or a closing bracket. */
export function endOfExpression(text: string, start: number): number {
  for (let index = start; index < text.length; ) {
    const skipped = skipNonCode(text, index);
    const character = text[index] as string;
    if (skipped > index) index = skipped;
    else if ("([{".includes(character)) index = endOfBracket(text, index);
    else if (")]};,".includes(character)) return index;
    else index++;
  }
  return text.length;
}

/** From the innermost open bracket outwards up to the enclosing function's body. */
function callsOfInnermostFunction(open: readonly OpenBracket[]): readonly CallExpression[] {
  const collected: CallExpression[] = [];
  for (const level of [...open].reverse()) {
    collected.unshift(...level.calls);
    if (level.isFunctionBody) break;
  }
  return collected;
}

const KEYWORDS_BEFORE_PAREN = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "function",
  "return",
  "with",
]);

function callAt(text: string, parenthesis: number): CallExpression | null {
  const before = text.slice(Math.max(0, parenthesis - 200), parenthesis);
  const match =
    /([\p{ID_Start}$_#][\p{ID_Continue}$]*(?:\s*\??\.\s*[\p{ID_Start}$_#][\p{ID_Continue}$]*)*)\s*$/u.exec(
      before,
    );
  if (match === null) {
    const chained = /[)\]]\s*\??\.\s*([\p{ID_Start}$_#][\p{ID_Continue}$]*)\s*$/u.exec(before);
    return chained === null ? null : expressionAt(text, chained[1] ?? "", parenthesis, chained[1] ?? "");
  }
  const callee = (match[1] ?? "").replace(/\s+/g, "");
  const last = callee.split(/\??\./).at(-1) ?? callee;
  if (KEYWORDS_BEFORE_PAREN.has(callee)) return null;
  if (/\bfunction\s*\*?\s*$/.test(before.slice(0, match.index))) return null;
  return expressionAt(text, callee, parenthesis, last);
}

function expressionAt(text: string, callee: string, parenthesis: number, last: string): CallExpression {
  const offset = text.lastIndexOf(last, parenthesis - 1);
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return { callee, line, column: offset - lineStart + 1 };
}

const CONTROL = "if|for|while|switch|catch|with";
/** `function name(...)`, a method `name(...)`, an arrow `=>`: what stands before the body of a function. */
const BEFORE_FUNCTION_BODY = new RegExp(
  `(=>|\\bfunction\\b[^{};]*\\)|(?:^|[{};,\\n])\\s*(?:(?:async|static|get|set)\\s+|\\*\\s*)*` +
    `(?!(?:${CONTROL})\\b)[\\p{ID_Start}$_#][\\p{ID_Continue}$]*\\s*\\([^{};]*\\))$`,
  "u",
);

function opensFunctionBody(text: string, brace: number): boolean {
  return BEFORE_FUNCTION_BODY.test(text.slice(Math.max(0, brace - 300), brace).trimEnd());
}

/** Offset just after a string, template, comment or regular expression that begins here; else `index`. */
function skipNonCode(text: string, index: number): number {
  const character = text[index];
  if (character === "/") return skipSlash(text, index);
  if (character !== '"' && character !== "'" && character !== "`") return index;
  for (let at = index + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === character) return at + 1;
    else if (text[at] === "\n" && character !== "`") return at;
  }
  return text.length;
}

function skipSlash(text: string, index: number): number {
  if (text[index + 1] === "/") return endOr(text.indexOf("\n", index), text.length);
  if (text[index + 1] === "*") return endOr(text.indexOf("*/", index + 2), text.length - 2) + 2;
  const before = text.slice(Math.max(0, index - 20), index).trimEnd();
  const divides = /[\p{ID_Continue}$)\]]$/u.test(before) && !/\b(return|typeof|case|in|of)$/.test(before);
  if (divides) return index;
  const literal = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;
  literal.lastIndex = index;
  return literal.test(text) ? literal.lastIndex : index;
}

function endOr(found: number, otherwise: number): number {
  return found === -1 ? otherwise : found;
}

/** Offset of a 1-based position. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf("\n", start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  return start + column - 1;
}

/** What a function was called before a minifier renamed it. Pure: reads the source text within the map. */
import type { SourceMap } from "node:module";
import type { RawFrame } from "./block-report";

/** Names that a minifier gives. Longer ones are left alone: they are the author's. */
const MINIFIED = /^[\w$]{0,2}$/;
const NAME = "[\\p{ID_Start}$_#][\\p{ID_Continue}$]*";
/** `function name`, a method `name(`. */
const DECLARED = new RegExp(
  `^(?:(?:async|static|get|set)\\s+)*(?:function\\s*\\*?\\s*)?(${NAME})\\s*\\(`,
  "u",
);
/** `const name = `, `name: `, right before an arrow or an anonymous function. */
const ASSIGNED = new RegExp(`(${NAME})\\s*(?::[^=]*)?[=:]\\s*(?:async\\s*)?$`, "u");

/** Null when the name is not a minifier's, or the source does not tell. */
export function originalFunctionName(map: SourceMap, frame: RawFrame): string | null {
  if (!MINIFIED.test(frame.function) || frame.functionLine === null || frame.functionColumn === null)
    return null;
  const entry = map.findEntry(frame.functionLine - 1, frame.functionColumn - 1);
  if (!("originalSource" in entry)) return null;
  const { sources, sourcesContent } = map.payload;
  const text = sourcesContent?.[sources.indexOf(entry.originalSource)];
  const line = text?.split("\n")[entry.originalLine];
  if (line === undefined) return null;
  const [before, after] = [line.slice(0, entry.originalColumn), line.slice(entry.originalColumn)];
  const name = DECLARED.exec(after)?.[1] ?? ASSIGNED.exec(before)?.[1] ?? null;
  return name === "function" || name === "async" ? (ASSIGNED.exec(before)?.[1] ?? null) : name;
}

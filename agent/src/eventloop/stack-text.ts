/**
 * Reads a stack from its text, for programs that run with frozen intrinsics: there nobody can ask the engine
 * for call sites. Shorter than those (ten frames), and it does not tell where functions begin. Pure.
 */
import type { RawFrame } from "./block-report";

const LINE =
  /^ {4}at (async )?(?:(.+) \()?((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^)]*?|<anonymous>):?(\d+)?:?(\d+)?\)?$/;

export function framesOfText(text: string): RawFrame[] {
  return text.split("\n").flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, awaits, name = "", file = null, lineNumber, column] = match;
    return [
      {
        function: functionName(name),
        file: file === "<anonymous>" ? null : file,
        line: lineNumber === undefined ? null : Number(lineNumber),
        column: column === undefined ? null : Number(column),
        functionLine: null,
        functionColumn: null,
        atEntry: false,
        awaits: awaits !== undefined,
      },
    ];
  });
}

/** `Timeout.renderPage [as _onTimeout]` is `renderPage`; a built-in keeps its type: `RegExp.test`. */
function functionName(written: string): string {
  const name = written.replace(/ \[as [^\]]+\]$/, "").replace(/^new /, "");
  return name.replace(/^(?:Object|Timeout|Immediate|process)\./, "").replace(/^<anonymous>$/, "");
}

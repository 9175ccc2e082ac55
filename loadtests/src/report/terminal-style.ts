/** Colour and width for the terminal. Whether to use colour is decided by the command, never here. */

import { stripVTControlCharacters } from "node:util";

export interface TerminalStyle {
  /** False for NO_COLOR, for pipes and for files: then meaning is carried by words and marks alone. */
  readonly colour: boolean;
  /** Width to fit into, at least 40; 80 where the output is no terminal. */
  readonly columns: number;
  /** Folder to which source files are shown relative; the working folder by default. */
  readonly baseFolder?: string;
}

export type Tone = "plain" | "good" | "bad" | "doubt" | "faint" | "strong";

// Select Graphic Rendition codes (ECMA-48) of the eight basic colours: they follow the reader's own theme.
const CODES: Readonly<Record<Exclude<Tone, "plain">, string>> = {
  good: "32",
  bad: "31",
  doubt: "33",
  faint: "2",
  strong: "1",
};

/** `text` in a tone, or as it is where colour is off. */
export function toned(text: string, tone: Tone, style: Pick<TerminalStyle, "colour">): string {
  return !style.colour || tone === "plain" || text === "" ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`;
}

/** Columns that `text` takes, colour codes not counted; wide East Asian characters and emoji take two. */
export function visibleWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mn}|\u200d|\ufe0f/u.test(character)) continue;
    width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  }
  return width;
}

/** Cuts uncoloured text to `columns`, in its middle, so that a path keeps its file and line. */
export function shortened(text: string, columns: number): string {
  if (visibleWidth(text) <= columns) return text;
  if (columns <= 1) return "…".slice(0, columns);
  const characters = [...text];
  const head = takeColumns(characters, Math.floor((columns - 1) / 3));
  const tail = takeColumns([...characters].reverse(), columns - 1 - visibleWidth(head));
  return `${head}…${[...tail].reverse().join("")}`;
}

/**
 * Breaks uncoloured text at spaces into lines of at most `columns`; words that are too long get their own
 * line.
 */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && visibleWidth(line) + 1 + visibleWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

function takeColumns(characters: readonly string[], columns: number): string {
  let taken = "";
  for (const character of characters) {
    if (visibleWidth(taken + character) > columns) break;
    taken += character;
  }
  return taken;
}

/** Unicode Standard Annex 11, classes W and F, in ranges coarse enough for tables. */
function isWide(codePoint: number): boolean {
  return (
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0xffe0 && codePoint <= 0xffe6) ||
    (codePoint >= 0x1f300 && codePoint <= 0x1faff) ||
    (codePoint >= 0x20000 && codePoint <= 0x3fffd)
  );
}

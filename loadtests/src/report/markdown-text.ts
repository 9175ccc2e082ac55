/** Text and tables in GitHub-flavoured Markdown, safe for whatever a script or a route may be called. */

import { cutAtEnd, printable } from "./figure-format.js";

/** Longer names and sentences than anybody reads are cut. */
const MOST_CELL_CHARACTERS = 500;

/** Text that shows as it is: no markup, no HTML, no mention, no broken table row. */
export function markdownText(text: string): string {
  return cutAtEnd(printable(text), MOST_CELL_CHARACTERS)
    .replace(/&/g, "&amp;")
    .replace(/[\\`*_{}[\]<>|~#]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`))
    .replace(/@(?=\w)/g, "@\u200b");
}

/** Text as code, in a table's cell too, where a bar would end the cell even between backticks. */
export function markdownCode(text: string): string {
  const plain = cutAtEnd(printable(text), MOST_CELL_CHARACTERS).replaceAll("`", "'");
  return `\`${plain.replaceAll("|", "\\|")}\``;
}

/** @param alignment one letter a column: `l` or `r`. Cells are taken as Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: string,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (alignment[index] === "r" ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

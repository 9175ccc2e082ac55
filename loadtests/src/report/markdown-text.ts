/** Text and tables in GitHub-flavoured Markdown, safe for whatever a script or a route may be called. */

import { printable } from "./figure-format.js";

/** Text that shows as it is: no markup, no HTML, no mention, no broken table row. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>|~#]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`))
    .replace(/@(?=\w)/g, "@\u200b");
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

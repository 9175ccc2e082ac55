/** Tables of the report, with headings that a screen reader can follow. */

import { escapeHtml } from "./html-text.js";

export interface HtmlColumn {
  readonly title: string;
  readonly number?: boolean;
}

/** A cell as text, or as HTML that is already safe. */
export type HtmlCell = string | { readonly html: string };

/** @param caption read out before the table, and not shown. The first cell of a row is its heading. */
export function htmlTable(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly HtmlCell[])[],
): string {
  const head = columns.map(
    (column) => `<th scope="col"${numberClass(column)}>${escapeHtml(column.title)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => {
      const tag = index === 0 ? 'th scope="row"' : "td";
      const close = index === 0 ? "th" : "td";
      return `<${tag}${numberClass(columns[index])}>${htmlCell(cell)}</${close}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return [
    '<div class="scroll" tabindex="0" role="region"',
    ` aria-label="${escapeHtml(caption)}"><table>`,
    `<thead><tr>${head.join("")}</tr></thead>`,
    `<tbody>${body.join("\n")}</tbody></table></div>`,
  ].join("");
}

/** Text in an element of a class. */
export function spanOf(text: string, className: string): { readonly html: string } {
  return { html: `<span class="${className}">${escapeHtml(text)}</span>` };
}

function htmlCell(cell: HtmlCell): string {
  return typeof cell === "string" ? escapeHtml(cell) : cell.html;
}

function numberClass(column: HtmlColumn | undefined): string {
  return column?.number === true ? ' class="number"' : "";
}

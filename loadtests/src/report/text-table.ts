/** Tables of aligned columns for a terminal. */

import { printable } from "./figure-format.js";
import { shortened, type TerminalStyle, type Tone, toned, visibleWidth } from "./terminal-style.js";

export interface TableColumn {
  readonly title: string;
  readonly align: "left" | "right";
  /** Narrowest width to which the column may shrink; columns without one keep theirs. */
  readonly minWidth?: number;
  /** Columns with the highest number are left out first when the table does not fit; 0 always stays. */
  readonly dropOrder?: number;
}

export interface TableCell {
  readonly text: string;
  readonly tone?: Tone;
}

export type TableRow = readonly (string | TableCell)[];

const GAP = 2;

/**
 * Lines of at most `style.columns` (indent included), the title line first. Nothing wraps; text is cut in its
 * middle.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  style: TerminalStyle,
  indent = 2,
): readonly string[] {
  const natural = columns.map((column, index) =>
    Math.max(visibleWidth(column.title), ...rows.map((row) => visibleWidth(textOf(row[index])))),
  );
  const room = style.columns - indent;
  const filled = columns.map((_, index) => rows.some((row) => textOf(row[index]) !== ""));
  const kept = columnsThatFit(columns, natural, filled, room);
  const widths = shrunkWidths(columns, natural, kept, room);
  const line = (cells: readonly TableCell[]): string =>
    `${" ".repeat(indent)}${kept.map((index) => aligned(cells[index], columns[index], widths[index] ?? 0, style)).join(" ".repeat(GAP))}`.trimEnd();
  return [
    line(columns.map((column) => ({ text: column.title, tone: "faint" }))),
    ...rows.map((row) => line(row.map(cellOf))),
  ];
}

function columnsThatFit(
  columns: readonly TableColumn[],
  natural: readonly number[],
  filled: readonly boolean[],
  room: number,
): readonly number[] {
  // A column in which no row has anything to say (routes of a target without a router) is left out.
  let kept = columns
    .map((_, index) => index)
    .filter((index) => columns[index]?.title === "" || filled[index]);
  const least = (index: number): number =>
    Math.min(natural[index] ?? 0, columns[index]?.minWidth ?? Number.POSITIVE_INFINITY);
  const total = (): number => kept.reduce((sum, index) => sum + least(index) + GAP, -GAP);
  while (total() > room) {
    const drop = kept.reduce<number | undefined>((worst, index) => {
      const order = columns[index]?.dropOrder ?? 0;
      return order > (worst === undefined ? 0 : (columns[worst]?.dropOrder ?? 0)) ? index : worst;
    }, undefined);
    if (drop === undefined) break;
    kept = kept.filter((index) => index !== drop);
  }
  return kept;
}

function shrunkWidths(
  columns: readonly TableColumn[],
  natural: readonly number[],
  kept: readonly number[],
  room: number,
): readonly number[] {
  const widths = [...natural];
  let excess = kept.reduce((sum, index) => sum + (natural[index] ?? 0) + GAP, -GAP) - room;
  while (excess > 0) {
    const widest = kept
      .filter((index) => (widths[index] ?? 0) > (columns[index]?.minWidth ?? Number.POSITIVE_INFINITY))
      .sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

function aligned(
  cell: TableCell | undefined,
  column: TableColumn | undefined,
  width: number,
  style: TerminalStyle,
): string {
  const text = shortened(cell?.text ?? "", width);
  const padding = " ".repeat(Math.max(0, width - visibleWidth(text)));
  const shown = toned(text, cell?.tone ?? "plain", style);
  return column?.align === "right" ? padding + shown : shown + padding;
}

/** Functions, routes and queues are called what the target calls them. */
function cellOf(cell: string | TableCell): TableCell {
  return typeof cell === "string" ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };
}

function textOf(cell: string | TableCell | undefined): string {
  return cell === undefined ? "" : cellOf(cell).text;
}

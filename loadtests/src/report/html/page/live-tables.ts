/** Figures, routes, blocks, queues and pools of the live page. Everything is set as text, nothing as HTML. */

import type { LiveBlockRow, LiveBlocks, LiveOrder, LiveRoute, LiveView } from "./live-data.js";

const CELLS: readonly LiveOrder[] = ["requests", "errors", "p50", "p95", "p99"];

export class LiveTables {
  readonly #onBlock: (id: string) => void;
  #order: LiveOrder = "requests";
  #routes: readonly LiveRoute[] = [];

  /** @param onBlock the user wants to see that block. */
  constructor(onBlock: (id: string) => void) {
    this.#onBlock = onBlock;
    for (const button of document.querySelectorAll<HTMLButtonElement>("button.sort")) {
      button.addEventListener("click", () => {
        this.#order = CELLS.find((order) => order === button.dataset.order) ?? "requests";
        this.#showRoutes();
      });
    }
    this.#showRoutes();
  }

  showView(view: LiveView): void {
    byId("figures")?.replaceChildren(
      ...view.figures.map(([name, value]) => {
        const item = document.createElement("div");
        item.append(element("dt", name), element("dd", value));
        return item;
      }),
    );
    this.#routes = view.routes;
    this.#showRoutes();
    byId("wait-section")?.toggleAttribute("hidden", view.waits.length === 0);
    byId("waits")?.replaceChildren(
      ...view.waits.map((wait) =>
        tableRow([wait.name, wait.kind, wait.waiting, wait.atWork, wait.wait], NUMBERS_FROM_THIRD),
      ),
    );
  }

  /** Rows stay where they are as long as their block is kept, so that the focus does, too. */
  showBlocks(blocks: LiveBlocks): void {
    const body = byId("blocks");
    if (body === null) return;
    const known = new Map<string, Element>();
    for (const row of body.children) if (row instanceof HTMLElement) known.set(row.dataset.id ?? "", row);
    const wanted = new Set(blocks.rows.map(({ id }) => id));
    for (const [id, row] of known) if (!wanted.has(id)) row.remove();
    let next: Element | null = body.firstElementChild;
    for (const block of blocks.rows) {
      const row = known.get(block.id);
      if (row !== undefined && row === next) next = row.nextElementSibling;
      else body.insertBefore(row ?? this.#blockRow(block), next);
    }
    const summary = byId("block-summary");
    if (summary !== null && blocks.rows.length > 0) summary.textContent = blocks.summary;
  }

  #showRoutes(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("button.sort")) {
      const heading = button.closest("th");
      if (button.dataset.order === this.#order) heading?.setAttribute("aria-sort", "descending");
      else heading?.removeAttribute("aria-sort");
    }
    const rank = (route: LiveRoute): number => route.cells[this.#order][1];
    const sorted = [...this.#routes].sort((a, b) => rank(b) - rank(a));
    const rows = sorted.map((route) => {
      const row = tableRow([route.name, ...CELLS.map((name) => route.cells[name][0])], NUMBERS_FROM_SECOND);
      if (route.cells.errors[1] > 0) row.children[1 + CELLS.indexOf("errors")]?.classList.add("bad");
      return row;
    });
    byId("routes")?.replaceChildren(
      ...(rows.length > 0 ? rows : [emptyRow("no request in the last minute")]),
    );
  }

  #blockRow(block: LiveBlockRow): HTMLElement {
    const row = tableRow([block.at, block.duration, "", block.route], isSecond);
    row.dataset.id = block.id;
    const button = element("button", block.function);
    button.className = "link-button";
    button.addEventListener("click", () => this.#onBlock(block.id));
    row.children[2]?.append(button, secondLine(block.where, "place"));
    row.children[3]?.append(secondLine(block.cause, "faint"));
    return row;
  }
}

const NUMBERS_FROM_SECOND = (index: number): boolean => index >= 1;
const NUMBERS_FROM_THIRD = (index: number): boolean => index >= 2;
const isSecond = (index: number): boolean => index === 1;

/** The first cell is the row's heading. */
function tableRow(texts: readonly string[], isNumber: (index: number) => boolean): HTMLElement {
  const row = document.createElement("tr");
  for (const [index, text] of texts.entries()) {
    const cell = element(index === 0 ? "th" : "td", text);
    if (index === 0) cell.setAttribute("scope", "row");
    if (isNumber(index)) cell.classList.add("number");
    row.append(cell);
  }
  return row;
}

/** Beneath the first line of a cell: side by side they would not fit most screens. */
function secondLine(text: string, className: string): HTMLElement {
  const line = element("div", text);
  line.className = className;
  return line;
}

function emptyRow(text: string): HTMLElement {
  const row = document.createElement("tr");
  const cell = element("td", text);
  cell.setAttribute("colspan", String(1 + CELLS.length));
  cell.className = "faint";
  row.append(cell);
  return row;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

/** k6's HTML Selection, on cheerio: the part of jQuery that reads. */

import { createRequire } from "node:module";
import type { Cheerio, CheerioAPI } from "cheerio";

// cheerio's node type comes from a package of its own; a selection's own type names it for us.
type Nodes = ReturnType<CheerioAPI>;

export class HtmlSelection {
  readonly #dom: CheerioAPI;
  readonly #nodes: Nodes;

  constructor(dom: CheerioAPI, nodes: Nodes) {
    this.#dom = dom;
    this.#nodes = nodes;
  }

  find(selector: string): HtmlSelection {
    return this.#wrap(this.#nodes.find(selector));
  }

  attr(name: string, fallback?: string): string | undefined {
    return this.#nodes.attr(name) ?? fallback;
  }

  text(): string {
    return this.#nodes.text();
  }

  html(): string | undefined {
    return this.#nodes.html() ?? undefined;
  }

  val(): unknown {
    return this.#nodes.val();
  }

  size(): number {
    return this.#nodes.length;
  }

  first(): HtmlSelection {
    return this.#wrap(this.#nodes.first());
  }

  last(): HtmlSelection {
    return this.#wrap(this.#nodes.last());
  }

  eq(index: number): HtmlSelection {
    return this.#wrap(this.#nodes.eq(index));
  }

  parent(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.parent(selector));
  }

  parents(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.parents(selector));
  }

  closest(selector: string): HtmlSelection {
    return this.#wrap(this.#nodes.closest(selector));
  }

  children(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.children(selector));
  }

  siblings(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.siblings(selector));
  }

  next(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.next(selector));
  }

  prev(selector?: string): HtmlSelection {
    return this.#wrap(this.#nodes.prev(selector));
  }

  filter(selector: string): HtmlSelection {
    return this.#wrap(this.#nodes.filter(selector));
  }

  not(selector: string): HtmlSelection {
    return this.#wrap(this.#nodes.not(selector));
  }

  has(selector: string): HtmlSelection {
    return this.#wrap(this.#nodes.has(selector));
  }

  is(selector: string): boolean {
    return this.#nodes.is(selector);
  }

  data(name: string): unknown {
    return this.#nodes.data(name);
  }

  each(visit: (index: number, element: HtmlSelection) => unknown): this {
    this.toArray().every((element, index) => visit(index, element) !== false);
    return this;
  }

  map(visit: (index: number, element: HtmlSelection) => unknown): unknown[] {
    return this.toArray().map((element, index) => visit(index, element));
  }

  toArray(): HtmlSelection[] {
    return Array.from({ length: this.#nodes.length }, (_unused, index) => this.eq(index));
  }

  get(index: number): HtmlSelection {
    return this.eq(index);
  }

  /** Fields of a form and their values, as a browser would send them. */
  serializeArray(): { name: string; value: string }[] {
    return this.#nodes.serializeArray();
  }

  serialize(): string {
    return this.#nodes.serialize();
  }

  serializeObject(): Record<string, string> {
    return Object.fromEntries(this.serializeArray().map(({ name, value }) => [name, value]));
  }

  #wrap(nodes: Cheerio<never> | Nodes): HtmlSelection {
    return new HtmlSelection(this.#dom, nodes as Nodes);
  }
}

/** @param selector narrows the document, as in `response.html("title")` */
export function parseHtml(text: string, selector?: string): HtmlSelection {
  // Loaded when a script first reads a page: it takes longer to load than all the rest of the engine.
  const { load } = createRequire(import.meta.url)("cheerio") as typeof import("cheerio");
  const dom = load(text);
  return new HtmlSelection(dom, (selector === undefined ? dom.root() : dom(selector)) as unknown as Nodes);
}

/** The script of `loopscope top --web`: what the events bring is shown, unless the view is paused. */

import type uPlot from "uplot";
import { openBlockDialog } from "./block-dialog.js";
import { LiveChartArea } from "./live-chart-area.js";
import type { LiveBlocks, LiveView } from "./live-data.js";
import { downloadProfile } from "./live-profile.js";
import { LiveTables } from "./live-tables.js";
import type { PageBlock } from "./page-data.js";

/** What tests, and a curious person in the console, may ask of the page. */
interface LoopscopeLiveHook {
  readonly charts: ReadonlyMap<string, uPlot>;
  /** What is shown, not what came last while the view is paused. */
  view(): LiveView | null;
  openBlock(id: string): void;
}

declare global {
  interface Window {
    loopscopeLive?: LoopscopeLiveHook;
  }
}

const NO_BLOCKS: LiveBlocks = { blocks: [], rows: [], summary: "", frames: [], stacks: [] };

class LivePage {
  readonly #dialog: { formatTime(second: number): string; readonly withoutStacks: string };
  readonly #charts: LiveChartArea;
  readonly #tables: LiveTables;
  #shownView: LiveView | null = null;
  #shownBlocks = NO_BLOCKS;
  /** The latest that came, whether or not it is shown. */
  #view: LiveView | null = null;
  #blocks = NO_BLOCKS;
  #isPaused = false;
  #isConnected = false;
  #spanSeconds = Number(elementOf("span", HTMLSelectElement).value);

  constructor() {
    const formatTime = (second: number): string =>
      clockTime((this.#shownView?.originMs ?? 0) + second * 1000);
    this.#dialog = {
      formatTime: (second) => `${formatTime(second)} UTC`,
      withoutStacks: "The agent saw no stack while it blocked.",
    };
    this.#charts = new LiveChartArea(elementOf("charts", HTMLElement), {
      blocks: () => this.#shownBlocks.blocks,
      formatTime,
      onBlock: (block) => this.#open(block),
      onZoom: () => this.pause(true),
      onReset: () => this.pause(false),
    });
    this.#tables = new LiveTables((id) => this.openBlock(id));
  }

  get charts(): ReadonlyMap<string, uPlot> {
    return this.#charts.charts;
  }

  get shownView(): LiveView | null {
    return this.#shownView;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  receiveView(view: LiveView): void {
    this.#view = view;
    this.connect(true);
    this.#show();
  }

  receiveBlocks(blocks: LiveBlocks): void {
    this.#blocks = blocks;
    this.#show();
  }

  /** Whether the command that serves this page answers. */
  connect(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#showStatus();
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    elementOf("pause", HTMLButtonElement).textContent = isPaused ? "Go on" : "Pause";
    this.#showStatus();
    this.#show();
  }

  span(seconds: number): void {
    this.#spanSeconds = seconds;
    this.pause(false);
  }

  openBlock(id: string): void {
    const block = this.#shownBlocks.blocks.find((candidate) => candidate.id === id);
    if (block !== undefined) this.#open(block);
  }

  #open(block: PageBlock): void {
    openBlockDialog(block, this.#shownBlocks, this.#dialog);
  }

  #show(): void {
    const view = this.#view;
    if (this.#isPaused || view === null) return;
    const areBlocksNew = this.#shownBlocks !== this.#blocks;
    this.#shownView = view;
    this.#shownBlocks = this.#blocks;
    if (areBlocksNew) this.#tables.showBlocks(this.#blocks);
    this.#tables.showView(view);
    this.#charts.show(view.charts, view.nowSecond - this.#spanSeconds, view.nowSecond);
  }

  /** Goes on while the view is paused: that the service is away has to be seen. */
  #showStatus(): void {
    const view = this.#view;
    const state = this.#isConnected ? (view?.state ?? "waiting") : "away";
    const words = this.#isConnected ? (view?.status ?? "connecting") : "view ended";
    const isLive = state === "live" && !this.#isPaused;
    const status = elementOf("status", HTMLElement);
    status.className = isLive ? "tag good" : "tag doubt";
    status.textContent = this.#isPaused ? (state === "live" ? "paused" : `paused, ${words}`) : words;
    const announcement = this.#isConnected ? (view?.announcement ?? "") : VIEW_ENDED;
    const place = elementOf("announcement", HTMLElement);
    if (place.textContent !== announcement) place.textContent = announcement;
    elementOf("process", HTMLElement).textContent = view?.process ?? "";
    document.body.classList.toggle("stale", state !== "live");
  }
}

const VIEW_ENDED =
  "The command that serves this page has ended or does not answer. What is shown is from before.";

function start(): void {
  const page = new LivePage();
  const base = location.pathname.replace(/\/$/, "");
  const events = new EventSource(`${base}/stream`);
  events.addEventListener("view", (event) => page.receiveView(JSON.parse(event.data) as LiveView));
  events.addEventListener("blocks", (event) => page.receiveBlocks(JSON.parse(event.data) as LiveBlocks));
  events.addEventListener("error", () => page.connect(false));
  elementOf("pause", HTMLButtonElement).addEventListener("click", () => page.pause(!page.isPaused));
  const span = elementOf("span", HTMLSelectElement);
  span.addEventListener("change", () => page.span(Number(span.value)));
  const profile = elementOf("profile", HTMLButtonElement);
  const told = elementOf("profile-status", HTMLElement);
  profile.addEventListener("click", () => void downloadProfile(`${base}/profile`, profile, told));
  window.loopscopeLive = {
    charts: page.charts,
    view: () => page.shownView,
    openBlock: (id) => page.openBlock(id),
  };
}

function elementOf<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return element;
}

/** `06:36:28`, and with a fraction where the axis is that fine. */
function clockTime(epochMs: number): string {
  const text = new Date(Math.round(epochMs)).toISOString();
  return text.endsWith(".000Z") ? text.slice(11, 19) : text.slice(11, 23);
}

start();

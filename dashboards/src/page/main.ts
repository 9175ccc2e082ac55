/** Draws one dashboard from the JSON that Grafana gets, with Prometheus' answers, again and again. */
import type { GrafanaDashboard, GrafanaPanel, PageSettings } from "./grafana-json.js";
import { drawHeatmap } from "./heatmap-panel.js";
import { nowSeconds } from "./page-clock.js";
import { isEmpty, type PanelData, readPanel } from "./panel-data.js";
import type { TimeRange } from "./prometheus-client.js";
import { drawTable } from "./table-panel.js";
import { drawTimeSeries } from "./time-series-panel.js";
import { drawBarGauge, drawStat } from "./value-panels.js";

const REFRESH_MS = 5000;
/** Points a graph: about as many as it has pixels. */
const POINTS = 240;

const DRAWINGS: Readonly<
  Record<string, (panel: GrafanaPanel, data: PanelData, container: HTMLElement) => void>
> = {
  timeseries: drawTimeSeries,
  heatmap: drawHeatmap,
  stat: drawStat,
  bargauge: drawBarGauge,
  table: drawTable,
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** `now-15m`, `now-1h`. */
function secondsBack(from: string): number {
  const [, digits, unit] = /^now-(\d+)([mh])$/.exec(from) ?? [];
  return Number(digits ?? 60) * (unit === "h" ? 3600 : 60);
}

function rangeOf(seconds: number): TimeRange {
  const stepSeconds = Math.max(1, Math.ceil(seconds / POINTS));
  // Up to now, not to the last whole step: with long steps a young service would show nothing.
  const endSeconds = Math.floor(nowSeconds());
  return {
    startSeconds: endSeconds - Math.floor(seconds / stepSeconds) * stepSeconds,
    endSeconds,
    stepSeconds,
  };
}

function frameOf(panel: GrafanaPanel): { readonly frame: HTMLElement; readonly body: HTMLElement } {
  const { x, y, w, h } = panel.gridPos;
  const frame = document.createElement("section");
  frame.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
  frame.style.setProperty("--rows", `${h}`);
  const title = document.createElement("h3");
  title.textContent = panel.title;
  title.title = panel.description ?? "";
  const body = document.createElement("div");
  body.className = `body ${panel.type}`;
  frame.append(title, body);
  if (panel.type === "row") frame.className = "row";
  return { frame, body };
}

async function fillPanel(
  panel: GrafanaPanel,
  body: HTMLElement,
  read: (panel: GrafanaPanel) => Promise<PanelData>,
): Promise<void> {
  try {
    const data = await read(panel);
    body.replaceChildren();
    if (isEmpty(data)) body.textContent = panel.fieldConfig.defaults.noValue ?? "";
    else DRAWINGS[panel.type]?.(panel, data, body);
    body.dataset.state = isEmpty(data) ? "empty" : "drawn";
  } catch (error) {
    body.textContent = error instanceof Error ? error.message : String(error);
    body.dataset.state = "failed";
  }
}

/** Resolves when every panel shows something, or says why it does not. */
async function show(dashboard: GrafanaDashboard, settings: PageSettings): Promise<void> {
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.getAttribute("href") === `#${dashboard.uid}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  document.title = `${dashboard.title} · Loopscope`;
  element("title").textContent = dashboard.title;
  element("question").textContent = dashboard.description.split(" Generated from ")[0] ?? "";
  const choice = element("range") as HTMLSelectElement;
  const range = rangeOf(Number(choice.value) || secondsBack(dashboard.time.from));
  const read = (panel: GrafanaPanel) => readPanel(panel, dashboard, range, settings.scrapeSeconds);
  const grid = element("grid");
  const known = grid.dataset.uid === dashboard.uid;
  const frames = dashboard.panels.map((panel) => ({ panel, ...frameOf(panel) }));
  if (!known) grid.replaceChildren(...frames.map(({ frame }) => frame));
  grid.dataset.uid = dashboard.uid;
  const bodies = [...grid.querySelectorAll<HTMLElement>(".body")];
  await Promise.all(
    dashboard.panels.map((panel, index) => {
      const body = bodies[index];
      return body === undefined || panel.type === "row" ? undefined : fillPanel(panel, body, read);
    }),
  );
  grid.dataset.shown = dashboard.uid;
}

function link({ uid, title }: GrafanaDashboard): HTMLElement {
  const anchor = document.createElement("a");
  anchor.href = `#${uid}`;
  anchor.textContent = title;
  return anchor;
}

async function start(): Promise<void> {
  const settings = (await (await fetch("/dashboards.json")).json()) as PageSettings;
  const chosen = (): GrafanaDashboard | undefined =>
    settings.dashboards.find(({ uid }) => `#${uid}` === location.hash) ?? settings.dashboards[0];
  let showing: Promise<void> = Promise.resolve();
  const refresh = (): void => {
    showing = showing.then(async () => {
      const dashboard = chosen();
      if (dashboard !== undefined) await show(dashboard, settings);
    });
  };
  element("links").replaceChildren(...settings.dashboards.map(link));
  window.addEventListener("hashchange", refresh);
  element("range").addEventListener("change", refresh);
  setInterval(() => {
    if (!document.hidden) refresh();
  }, REFRESH_MS);
  refresh();
}

void start();

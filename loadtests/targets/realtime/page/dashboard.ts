/** Runs in the browser: subscribes to `/realtime`, draws what comes, and says when nothing does. */

import { createCharts } from "./dashboard-charts.js";
import type { FiguresMessage } from "./figures-message.js";

const LONGEST_RETRY_MS = 10_000;

const charts = createCharts(element("charts"));
let retryMs = 500;

connect();

function connect(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/realtime`);
  socket.addEventListener("open", () => {
    retryMs = 500;
    socket.send(JSON.stringify({ type: "subscribe" }));
  });
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(String(event.data)) as FiguresMessage | { readonly type: "subscribed" };
    if (message.type === "subscribed") showStatus("live", "live: one frame a second");
    else show(message);
  });
  socket.addEventListener("close", () => {
    showStatus("lost", `connection lost; trying again in ${retryMs / 1000} s`);
    setTimeout(connect, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  });
}

function show(message: FiguresMessage): void {
  charts.append(message.figures);
  showAlerts(message);
}

function showAlerts({ alerts }: FiguresMessage): void {
  const list = element("alerts");
  const items = alerts.map((alert) => {
    const item = document.createElement("li");
    item.className = alert.level;
    const since = new Date(alert.since).toLocaleTimeString();
    item.textContent = `${alert.level}: ${alert.message} (since ${since})`;
    return item;
  });
  list.replaceChildren(...items);
  element("no-alerts").hidden = alerts.length > 0;
}

function showStatus(state: "live" | "lost", words: string): void {
  const status = element("status");
  status.className = state;
  status.textContent = words;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

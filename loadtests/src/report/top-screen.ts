/** The screen of `loopscope top`: pure, the state so far goes in, lines come out. */

import type { Block, Frame, RouteFrame } from "@loopscope/agent/catalog";
import { blockRoute } from "./block-summary.js";
import { formatBytes, formatCount, formatMs, formatNumber, formatShare, printable } from "./figure-format.js";
import { displayLine } from "./source-place.js";
import { shortened, type TerminalStyle, toned } from "./terminal-style.js";
import { renderTable, type TableRow } from "./text-table.js";

export type TopOrder = "requests" | "p95" | "p99" | "errors";

export const TOP_ORDERS: readonly TopOrder[] = ["requests", "p95", "p99", "errors"];

export interface TopState {
  readonly url: string;
  /** The latest frames, oldest first, at most a minute of them. */
  readonly frames: readonly Frame[];
  /** The latest blocks, newest last. */
  readonly blocks: readonly Block[];
  readonly blockCount: number;
  readonly order: TopOrder;
  readonly paused: boolean;
  /** Seconds since the agent was last heard; null: it was never heard. */
  readonly silentSeconds: number | null;
  /** What just happened (`CPU profile written to …`), or null. */
  readonly notice: string | null;
}

const LEVELS = "▁▂▃▄▅▆▇█";
/** An agent sends each second; one that is silent this long is shown as away. */
export const SILENT_AFTER_SECONDS = 3;

/** At most `rows` lines, none wider than the terminal. */
export function renderTop(state: TopState, style: TerminalStyle, rows: number): readonly string[] {
  const frame = state.frames.at(-1);
  const head = [titleLine(state, frame, style)];
  const foot = [
    ...(state.notice === null
      ? []
      : [toned(shortened(printable(state.notice), style.columns), "doubt", style)]),
    toned(
      shortened(
        `q quit · s sort by ${nextOrder(state.order)} · p ${state.paused ? "go on" : "pause"} · c CPU profile`,
        style.columns,
      ),
      "faint",
      style,
    ),
  ];
  if (frame === undefined) {
    return [...head, "", `  waiting for the agent at ${printable(state.url)}`, "", ...foot];
  }
  const gauges = [...gaugeLines(state, frame, style), ""];
  const room = Math.max(4, rows - head.length - gauges.length - foot.length - 4);
  const routes = routeLines(frame, state.order, style, Math.ceil(room / 2));
  const blocks = blockLines(state, style, room - Math.min(routes.length, Math.ceil(room / 2)));
  return [...head, ...gauges, ...routes, "", ...blocks, "", ...foot].slice(0, Math.max(rows, 8));
}

function titleLine(state: TopState, frame: Frame | undefined, style: TerminalStyle): string {
  const silent = state.silentSeconds;
  const status =
    silent === null
      ? "not reached yet"
      : silent >= SILENT_AFTER_SECONDS
        ? `no answer for ${formatNumber(Math.round(silent))} s`
        : state.paused
          ? "paused"
          : "live";
  const tone = status === "live" ? "good" : "doubt";
  const process = frame === undefined ? "" : `  pid ${frame.pid}, up ${Math.round(frame.uptimeSeconds)} s`;
  const text = shortened(`${printable(state.url)}${process}`, style.columns - status.length - 2);
  return `${toned(text, "strong", style)}  ${toned(status, tone, style)}`;
}

function gaugeLines(state: TopState, frame: Frame, style: TerminalStyle): readonly string[] {
  const { eventLoop, memory, gc, cpu, http } = frame;
  const series = (pick: (one: Frame) => number): string => sparkline(state.frames.map(pick), 24);
  const wide = style.columns >= 100;
  const lines: readonly (readonly [string, string, (one: Frame) => number])[] = [
    [
      "event loop",
      `${formatShare(eventLoop.utilization)} busy, delay p99 ${formatMs(eventLoop.delay.p99Ms)}, max ${formatMs(eventLoop.delay.maxMs)}`,
      (one) => one.eventLoop.delay.p99Ms ?? 0,
    ],
    [
      "requests",
      `${formatNumber((http.requests * 1000) / frame.windowMs)}/s, p95 ${formatMs(http.duration.p95Ms)}, ${formatCount(http.active)} active, ${formatCount(http.errors)} errors`,
      (one) => one.http.requests,
    ],
    [
      "memory",
      `${formatBytes(memory.rssBytes)} resident, heap ${formatBytes(memory.heapUsedBytes)} of ${formatBytes(memory.heapLimitBytes)}`,
      (one) => one.memory.heapUsedBytes,
    ],
    ["gc", `${formatMs(gc.pauseMs)} a second, longest ${formatMs(gc.maxPauseMs)}`, (one) => one.gc.pauseMs],
    [
      "cpu",
      `${formatNumber(cpu.userCores + cpu.systemCores)} cores`,
      (one) => one.cpu.userCores + one.cpu.systemCores,
    ],
    ...frame.queues.map(
      (queue) =>
        [
          "queue",
          `${printable(queue.name)}: ${formatCount(queue.length)} waiting, ${formatCount(queue.activeWorkers)} at work, wait p95 ${formatMs(queue.wait.p95Ms)}`,
          (one: Frame) => one.queues.find(({ name }) => name === queue.name)?.length ?? 0,
        ] as const,
    ),
    ...frame.pools.map(
      (pool) =>
        [
          "pool",
          `${printable(pool.name)}: ${formatCount(pool.used)} of ${formatCount(pool.max)} used, ${formatCount(pool.pending)} waiting`,
          (one: Frame) => one.pools.find(({ name }) => name === pool.name)?.pending ?? 0,
        ] as const,
    ),
  ];
  return lines.map(([name, text, pick]) => {
    const trend = wide ? `${series(pick)}  ` : "";
    return `  ${toned(name.padEnd(11), "faint", style)} ${trend}${shortened(text, style.columns - 14 - trend.length)}`;
  });
}

function routeLines(frame: Frame, order: TopOrder, style: TerminalStyle, most: number): readonly string[] {
  const sorted = [...frame.http.byRoute].sort((a, b) => rankOf(b, order) - rankOf(a, order));
  if (sorted.length === 0) return [toned("  no request ended in the last second", "faint", style)];
  const rows: TableRow[] = sorted
    .slice(0, Math.max(1, most - 1))
    .map((route) => [
      printable(`${route.method} ${route.route}`),
      formatCount(route.requests),
      { text: formatCount(route.errors), tone: route.errors > 0 ? "bad" : "plain" },
      formatMs(route.duration.p50Ms),
      formatMs(route.duration.p95Ms),
      formatMs(route.duration.p99Ms),
    ]);
  const titled = (title: string, name: TopOrder): string => (order === name ? `${title} ▼` : title);
  const columns = [
    { title: "route", align: "left", minWidth: 16 },
    { title: titled("requests", "requests"), align: "right" },
    { title: titled("errors", "errors"), align: "right", dropOrder: 1 },
    { title: "p50", align: "right", dropOrder: 2 },
    { title: titled("p95", "p95"), align: "right" },
    { title: titled("p99", "p99"), align: "right" },
  ] as const;
  return renderTable(columns, rows, style);
}

function blockLines(state: TopState, style: TerminalStyle, most: number): readonly string[] {
  const head = `${toned("Blocks", "strong", style)}  ${toned(`${formatCount(state.blockCount)} since the start of this view`, "faint", style)}`;
  const base = style.baseFolder ?? process.cwd();
  const rows: TableRow[] = state.blocks
    .slice(-Math.max(1, most - 2))
    .reverse()
    .map((block) => [
      new Date(block.at).toISOString().slice(11, 19),
      { text: formatMs(block.durationMs), tone: "doubt" },
      printable(block.function ?? "(unknown)"),
      displayLine(block.userFrame ?? block, base) ?? "",
      printable(blockRoute(block) ?? ""),
      block.cause,
    ]);
  if (rows.length === 0) return [head, toned("  none so far", "faint", style)];
  const columns = [
    { title: "at (UTC)", align: "left" },
    { title: "for", align: "right" },
    { title: "function", align: "left", minWidth: 10 },
    { title: "where", align: "left", minWidth: 14 },
    { title: "route", align: "left", minWidth: 6 },
    { title: "cause", align: "left", minWidth: 6, dropOrder: 1 },
  ] as const;
  return [head, ...renderTable(columns, rows, style)];
}

/** The next order in the cycle that `s` walks through. */
export function nextOrder(order: TopOrder): TopOrder {
  return TOP_ORDERS[(TOP_ORDERS.indexOf(order) + 1) % TOP_ORDERS.length] ?? "requests";
}

/** The latest values as bars, scaled to their largest. */
function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, Number.MIN_VALUE);
  const bars = shown.map(
    (value) => LEVELS[Math.min(7, Math.floor((Math.max(0, value) / most) * 7.999))] ?? "▁",
  );
  return bars.join("").padStart(width, " ");
}

function rankOf(route: RouteFrame, order: TopOrder): number {
  if (order === "requests") return route.requests;
  if (order === "errors") return route.errors;
  return (order === "p95" ? route.duration.p95Ms : route.duration.p99Ms) ?? -1;
}

/** What the page of `loopscope top --web` shows, from what the agent sent so far. Pure. */

import type { Block, Frame, RouteFrame } from "@loopscope/agent/catalog";
import { BLOCK_CAUSE_LABELS } from "../block-cause-labels.js";
import { blockRoute, culpritName } from "../block-summary.js";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatSeconds,
  formatShare,
  printable,
} from "../figure-format.js";
import { displayLine } from "../source-place.js";
import { SILENT_AFTER_SECONDS } from "../top-screen.js";
import { blocksOf } from "./block-data.js";
import { liveCharts } from "./live-charts.js";
import type { LiveBlockRow, LiveBlocks, LiveRoute, LiveView, LiveWait } from "./page/live-data.js";
import { rounded } from "./thinned-series.js";

export interface LiveSource {
  /** Oldest first, also from before a restart of the service. */
  readonly frames: readonly Frame[];
  /** What the routes' requests of the last minute add up to. */
  readonly routes: readonly RouteFrame[];
  /** Seconds since the agent was last heard; null: it was never heard. */
  readonly silentSeconds: number | null;
  /** Why the agent is not heard (`connect ECONNREFUSED 127.0.0.1:9464`), or null. */
  readonly lossReason: string | null;
  /** Process ids before and now, when the service was started anew a short while ago. */
  readonly restart: { readonly pid: number; readonly formerPid: number } | null;
  /** Second 0 of the time axis, epoch milliseconds. */
  readonly originMs: number;
}

export function liveView(source: LiveSource): LiveView {
  const frame = source.frames.at(-1);
  const silent = source.silentSeconds;
  const state = silent === null ? "waiting" : silent >= SILENT_AFTER_SECONDS ? "away" : "live";
  const lastSecond = frame === undefined ? 0 : rounded((frame.at - source.originMs) / 1000);
  return {
    state,
    status: statusOf(state, silent),
    announcement: announcementOf(state, source),
    process:
      frame === undefined ? "" : `pid ${frame.pid}, up ${formatSeconds(Math.round(frame.uptimeSeconds))}`,
    originMs: source.originMs,
    nowSecond: lastSecond + (state === "away" ? (silent ?? 0) : 0),
    figures: frame === undefined ? [] : figuresOf(frame),
    charts: liveCharts(source.frames, source.originMs),
    routes: source.routes.map(routeOf),
    waits: frame === undefined ? [] : waitsOf(frame),
  };
}

function statusOf(state: LiveView["state"], silentSeconds: number | null): string {
  if (state === "waiting") return "not reached yet";
  return state === "live" ? "live" : `no answer for ${formatSeconds(Math.round(silentSeconds ?? 0))}`;
}

function announcementOf(state: LiveView["state"], source: LiveSource): string {
  const reason = source.lossReason === null ? "" : ` (${printable(source.lossReason)})`;
  if (state === "waiting") return `The agent has not answered yet${reason}. This page goes on when it does.`;
  if (state === "away") {
    return `The service does not answer${reason}. What is shown is from before; this page goes on when it is back.`;
  }
  if (source.restart === null) return "";
  return `The service restarted: pid ${source.restart.formerPid} is now ${source.restart.pid}.`;
}

function figuresOf(frame: Frame): LiveView["figures"] {
  const { eventLoop, memory, gc, cpu, http } = frame;
  return [
    ["event loop busy", formatShare(eventLoop.utilization)],
    ["loop delay p99", formatMs(eventLoop.delay.p99Ms)],
    ["loop delay max", formatMs(eventLoop.delay.maxMs)],
    ["requests", `${formatNumber((http.requests * 1000) / frame.windowMs)}/s`],
    ["latency p95", formatMs(http.duration.p95Ms)],
    ["active", formatCount(http.active)],
    ["errors", formatCount(http.errors)],
    ["resident", formatBytes(memory.rssBytes)],
    ["heap used", formatBytes(memory.heapUsedBytes)],
    ["heap limit", formatBytes(memory.heapLimitBytes)],
    ["GC pauses", formatMs(gc.pauseMs)],
    ["CPU", `${(cpu.userCores + cpu.systemCores).toFixed(2)} cores`],
  ];
}

function routeOf(route: RouteFrame): LiveRoute {
  const { duration } = route;
  const time = (ms: number | null): readonly [string, number] => [formatMs(ms), ms ?? -1];
  return {
    name: printable(`${route.method} ${route.route}`),
    cells: {
      requests: [formatCount(route.requests), route.requests],
      errors: [formatCount(route.errors), route.errors],
      p50: time(duration.p50Ms),
      p95: time(duration.p95Ms),
      p99: time(duration.p99Ms),
    },
  };
}

function waitsOf(frame: Frame): readonly LiveWait[] {
  const bounded = (used: number, most: number | null): string =>
    most === null ? formatCount(used) : `${formatCount(used)} of ${formatCount(most)}`;
  return [
    ...frame.queues.map((queue) => ({
      kind: "queue" as const,
      name: printable(queue.name),
      waiting: bounded(queue.length, queue.capacity),
      atWork: formatCount(queue.activeWorkers),
      wait: formatMs(queue.wait.p95Ms),
    })),
    ...frame.pools.map((pool) => ({
      kind: "pool" as const,
      name: printable(pool.name),
      waiting: formatCount(pool.pending),
      atWork: bounded(pool.used, pool.max),
      wait: formatMs(pool.wait.p95Ms),
    })),
  ];
}

/**
 * @param blocks newest last.
 * @param blockCount those that were seen, also those that are not among `blocks` any more.
 * @param baseFolder source files below it are shown relative to it.
 */
export function liveBlocks(
  blocks: readonly Block[],
  blockCount: number,
  originMs: number,
  baseFolder: string,
): LiveBlocks {
  return {
    ...blocksOf(blocks, originMs, baseFolder),
    rows: [...blocks].reverse().map((block) => blockRow(block, baseFolder)),
    summary: `${formatCount(blockCount)} since the start of this view`,
  };
}

function blockRow(block: Block, baseFolder: string): LiveBlockRow {
  return {
    id: block.id,
    at: new Date(block.at).toISOString().slice(11, 19),
    duration: formatMs(block.durationMs),
    function: printable(culpritName(block) ?? "(unknown)"),
    where: displayLine(block.userFrame ?? block, baseFolder) ?? "",
    route: printable(blockRoute(block) ?? ""),
    cause: BLOCK_CAUSE_LABELS[block.cause],
  };
}

/** What the terminal shows while the load runs. Pure: the state so far goes in, lines come out. */

import { type Block, type Frame, histogramFromSnapshot } from "@loopscope/agent/catalog";
import type { ClientInterval } from "../engine/engine.js";
import { blockRoute } from "./block-summary.js";
import { formatBytes, formatCount, formatMs, formatNumber, formatShare, printable } from "./figure-format.js";
import { displayPlace } from "./source-place.js";
import { shortened, type TerminalStyle, toned } from "./terminal-style.js";

export interface ProgressState {
  readonly name: string;
  /** What is going on: `starting target`, `setup`, `load`, `teardown`, `writing the report`. */
  readonly phase: string;
  readonly elapsedSeconds: number;
  /** Null: only the number of iterations bounds it. */
  readonly plannedSeconds: number | null;
  /** The last second as the client saw it; null before the first. */
  readonly client: ClientInterval | null;
  readonly totals: { readonly started: number; readonly failed: number; readonly dropped: number };
  /** The target's last second; null without an agent. */
  readonly frame: Frame | null;
  readonly blockCount: number;
  /** The latest blocks, newest last. */
  readonly recentBlocks: readonly Block[];
  /** Thresholds that fail right now, as `metric expression`. */
  readonly failingThresholds: readonly string[];
}

const MOST_BLOCKS = 3;

/** The live block, redrawn in place at each interval: at most 8 lines, none wider than the terminal. */
export function renderProgress(state: ProgressState, style: TerminalStyle): readonly string[] {
  const lines = [
    `${toned(printable(state.name), "strong", style)}  ${state.phase}  ${progressBar(state, 20)}`,
    ...(state.client === null ? [] : [`  client  ${clientText(state.client, state.totals)}`]),
    ...(state.frame === null ? [] : [`  target  ${targetText(state.frame, state.blockCount)}`]),
    ...state.recentBlocks
      .slice(-MOST_BLOCKS)
      .map((block) => `  ${toned("block", "doubt", style)}   ${blockText(block, style)}`),
    ...(state.failingThresholds.length === 0
      ? []
      : [`  ${toned("failing", "bad", style)} ${state.failingThresholds.map(printable).join(", ")}`]),
  ];
  return lines.map((line) => (line.includes("\u001b") ? line : shortenedAtEnd(line, style.columns)));
}

/** One line a second for a pipe or a log file. */
export function renderProgressLine(state: ProgressState): string {
  const parts = [
    `${printable(state.name)} ${state.phase} ${clock(state.elapsedSeconds)}${state.plannedSeconds === null ? "" : `/${clock(state.plannedSeconds)}`}`,
    ...(state.client === null ? [] : [clientText(state.client, state.totals)]),
    ...(state.frame === null ? [] : [`target: ${targetText(state.frame, state.blockCount)}`]),
  ];
  return parts.join(" | ");
}

function clientText(client: ClientInterval, totals: ProgressState["totals"]): string {
  const latency = client.latency.count === 0 ? null : histogramFromSnapshot(client.latency);
  const quantile = (fraction: number): string =>
    formatMs(latency === null ? null : latency.quantile(fraction) / 1000);
  const perSecond = client.durationMs > 0 ? (client.completed * 1000) / client.durationMs : 0;
  return [
    `${formatNumber(perSecond)}/s`,
    `p50 ${quantile(0.5)}`,
    `p95 ${quantile(0.95)}`,
    `p99 ${quantile(0.99)}`,
    `${formatCount(client.inFlight)} in flight`,
    `${formatCount(totals.failed)} failed`,
    ...(totals.dropped > 0 ? [`${formatCount(totals.dropped)} dropped`] : []),
  ].join("  ");
}

function targetText(frame: Frame, blockCount: number): string {
  return [
    `loop ${formatShare(frame.eventLoop.utilization)} busy`,
    `delay p99 ${formatMs(frame.eventLoop.delay.p99Ms)}`,
    `rss ${formatBytes(frame.memory.rssBytes)}`,
    `gc ${formatMs(frame.gc.pauseMs)}`,
    `${formatCount(blockCount)} blocks`,
  ].join("  ");
}

function blockText(block: Block, style: TerminalStyle): string {
  const place = displayPlace(block, style.baseFolder ?? process.cwd()) ?? "unknown place";
  const route = blockRoute(block);
  const text = `${formatMs(block.durationMs)}  ${place}${route === null ? "" : `  ${printable(route)}`}`;
  return shortened(text, Math.max(20, style.columns - 10));
}

function progressBar(state: ProgressState, width: number): string {
  if (state.plannedSeconds === null || state.plannedSeconds <= 0) return clock(state.elapsedSeconds);
  const share = Math.min(1, Math.max(0, state.elapsedSeconds / state.plannedSeconds));
  const full = Math.round(share * width);
  return `${"━".repeat(full)}${"─".repeat(width - full)} ${clock(state.elapsedSeconds)} / ${clock(state.plannedSeconds)}`;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function shortenedAtEnd(line: string, columns: number): string {
  return [...line].length <= columns ? line : `${[...line].slice(0, columns - 1).join("")}…`;
}

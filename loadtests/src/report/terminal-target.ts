/** The target's part of the terminal summary: its event loop, its memory, and what blocked it. */

import { groupBlocks } from "./block-summary.js";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPlural,
  formatShare,
  printable,
} from "./figure-format.js";
import type { RunDocument, TargetRecord } from "./run-document.js";
import { displayLine } from "./source-place.js";
import { type TerminalStyle, toned, wrapped } from "./terminal-style.js";
import { renderTable, type TableRow } from "./text-table.js";
import { callsText, poolText, queueText } from "./wait-texts.js";

const MOST_DESTINATIONS = 5;
const MOST_GROUPS = 8;

/** Event loop, memory, collections, queues and pools, each in one line. */
export function targetLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  const { target } = document;
  if (target === null) {
    return [
      `${toned("Target", "strong", style)}  ${toned("no figures from an agent: nothing is known of its inside", "faint", style)}`,
    ];
  }
  const { delayMs, utilization } = target.eventLoop;
  const growth = target.memory.heapGrowthBytesPerSecond;
  const facts: readonly (readonly [string, string])[] = [
    [
      "event loop",
      `${formatShare(utilization)} busy · delay p50 ${formatMs(delayMs.p50)}, p99 ${formatMs(delayMs.p99)}, max ${formatMs(delayMs.max)}`,
    ],
    ["cpu", `${formatNumber(target.cpuCores.mean)} cores, at most ${formatNumber(target.cpuCores.max)}`],
    [
      "memory",
      `${formatBytes(target.memory.rssBytes.end)} resident, heap ${formatBytes(target.memory.heapUsedBytes.end)} of ${formatBytes(target.memory.heapLimitBytes)}${growth === null ? "" : `, growing ${formatBytes(growth)} a second`}`,
    ],
    [
      "gc",
      `${formatPlural(target.gc.collections, "collection")}, ${formatMs(target.gc.pauseMs)} in all, longest ${formatMs(target.gc.maxPauseMs)}`,
    ],
    ...waitFacts(target),
  ];
  const head = `${toned("Target", "strong", style)}  ${toned(`pid ${target.pid}, Node ${target.node}`, "faint", style)}`;
  return [head, ...facts.flatMap(([name, text]) => factLines(name, printable(text), style))];
}

function waitFacts(target: TargetRecord): readonly (readonly [string, string])[] {
  return [
    ...target.queues.map((queue) => ["queue", `${queue.name}: ${queueText(queue)}`] as const),
    ...target.pools.map((pool) => ["pool", `${pool.name}: ${poolText(pool)}`] as const),
    ...(target.downstream ?? [])
      .slice(0, MOST_DESTINATIONS)
      .map((calls) => ["calls", `${calls.name}: ${callsText(calls)}`] as const),
  ];
}

function factLines(name: string, text: string, style: TerminalStyle): readonly string[] {
  return wrapped(text, style.columns - 14).map((line, index) =>
    index === 0 ? `  ${toned(name.padEnd(12), "faint", style)}${line}` : `${" ".repeat(14)}${line}`,
  );
}

/** One row for each culprit: function, place, route, cause, how often, how long. */
export function blockLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  const { target } = document;
  if (target === null) return [];
  const head = toned("Blocks", "strong", style);
  if (target.blockCount === 0) return [`${head}  none: nothing held the event loop over the threshold`];
  const groups = groupBlocks(target.blocks);
  const base = style.baseFolder ?? process.cwd();
  const rows: TableRow[] = groups
    .slice(0, MOST_GROUPS)
    .map((group) => [
      { text: group.function ?? "(unknown)", tone: "strong" },
      displayLine(group.userFrame ?? group, base) ?? displayLine(group, base) ?? "",
      group.routes.length > 1 ? `${group.routes[0]} +${group.routes.length - 1}` : (group.routes[0] ?? ""),
      group.confidence === "exact" ? group.cause : `${group.cause} (${group.confidence})`,
      formatCount(group.count),
      formatMs(group.longestMs),
      formatMs(group.totalMs),
    ]);
  const columns = [
    { title: "function", align: "left", minWidth: 10 },
    { title: "where", align: "left", minWidth: 14 },
    { title: "route", align: "left", minWidth: 6 },
    { title: "cause", align: "left", minWidth: 11, dropOrder: 1 },
    { title: "count", align: "right" },
    { title: "max", align: "right" },
    { title: "total", align: "right" },
  ] as const;
  const aside = `${formatCount(target.blockCount)}, ${formatMs(target.blockedMs)} in all`;
  const hidden = groups.length - MOST_GROUPS;
  return [
    `${head}  ${toned(aside, "faint", style)}`,
    ...renderTable(columns, rows, style),
    ...(hidden > 0 ? [`  … and ${formatPlural(hidden, "more culprit")} in the report`] : []),
  ];
}

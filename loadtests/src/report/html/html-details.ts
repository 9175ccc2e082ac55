/**
 * The report's tables: requests by name, checks, blocks, queues and pools, and where all this was measured.
 */

import { BLOCK_CAUSE_LABELS } from "../block-cause-labels.js";
import { groupBlocks } from "../block-summary.js";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPlural,
  formatSeconds,
  formatShare,
} from "../figure-format.js";
import { countsFromDueTime } from "../latency-origin.js";
import type { LatencySummaryMs, RunDocument, TargetRecord } from "../run-document.js";
import { displayLine } from "../source-place.js";
import { htmlTable, spanOf } from "./html-table.js";
import { escapeHtml } from "./html-text.js";

const LATENCIES = ["mean", "p50", "p75", "p90", "p95", "p99", "p999", "max"] as const;
const MOST_GROUPS = 100;

export function requestSection(document: RunDocument): string {
  const { client } = document;
  const from = countsFromDueTime(document) ? "the moment each request was due" : "the send of each request";
  const all = {
    name: "all",
    method: "",
    requests: client.requests.completed,
    failed: client.requests.failed,
  };
  const names = [...client.byName].sort((a, b) => b.requests - a.requests);
  const rows = [{ ...all, latencyMs: client.latencyMs }, ...names].map((row) => [
    row.method === "" || row.name.startsWith(`${row.method} `) ? row.name : `${row.method} ${row.name}`,
    formatCount(row.requests),
    row.failed > 0 ? spanOf(formatCount(row.failed), "bad") : "0",
    ...LATENCIES.map((key) => formatMs(latencyAt(row.latencyMs, key))),
  ]);
  const columns = [
    { title: "request" },
    ...["requests", "failed", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "max"].map((title) => ({
      title,
      number: true,
    })),
  ];
  const chart =
    client.latencyMs === null
      ? ""
      : '<figure><figcaption><b>Latency by percentile</b><span>all requests of the run</span></figcaption><div class="chart" id="chart-percentiles" role="img" aria-label="Latency by percentile; the same figures are in the table above"></div></figure>';
  return `<section><h2>Requests</h2><p class="faint">Latency from ${from}.</p>${htmlTable("Requests by name", columns, rows)}<h3></h3>${chart}${checkTable(document)}</section>`.replace(
    "<h3></h3>",
    "<br>",
  );
}

function latencyAt(latency: LatencySummaryMs | null, key: (typeof LATENCIES)[number]): number | null {
  return latency === null ? null : latency[key];
}

function checkTable(document: RunDocument): string {
  if (document.client.checks.length === 0) return "";
  const rows = document.client.checks.map((check) => [
    check.name,
    formatCount(check.passes),
    check.fails > 0 ? spanOf(formatCount(check.fails), "bad") : "0",
    formatShare(check.passes / Math.max(1, check.passes + check.fails)),
  ]);
  const columns = [
    { title: "check" },
    ...["passes", "fails", "passed"].map((title) => ({ title, number: true })),
  ];
  return `<h3>Checks</h3>${htmlTable("Checks", columns, rows)}`;
}

export function blockSection(document: RunDocument, baseFolder: string): string {
  const { target } = document;
  if (target === null) return "";
  const startup = startupLine(target);
  if (target.blockCount === 0) {
    return `<section><h2>Blocks of the event loop</h2><p>None: nothing held the event loop over the threshold.</p>${startup}</section>`;
  }
  const groups = groupBlocks(target.blocks);
  const rows = groups.slice(0, MOST_GROUPS).map((group) => [
    {
      html: `<button class="link-button mono" data-block="${escapeHtml(group.longest.id)}">${escapeHtml(group.function ?? "(unknown)")}</button>`,
    },
    {
      html: `<span class="place">${escapeHtml(displayLine(group, baseFolder) ?? "")}${group.userFrame === null ? "" : ` from ${escapeHtml(displayLine(group.userFrame, baseFolder) ?? "")}`}</span>`,
    },
    group.routes.join(", "),
    BLOCK_CAUSE_LABELS[group.cause],
    group.confidence,
    formatCount(group.count),
    formatMs(group.longestMs),
    formatMs(group.totalMs),
  ]);
  const columns = [
    ...["function", "where", "route", "cause", "confidence"].map((title) => ({ title })),
    ...["count", "longest", "total"].map((title) => ({ title, number: true })),
  ];
  const kept =
    target.blocks.length < target.blockCount
      ? ` The longest ${formatCount(target.blocks.length)} were kept.`
      : "";
  const hidden =
    groups.length > MOST_GROUPS
      ? `<p class="faint">… and ${formatPlural(groups.length - MOST_GROUPS, "more culprit")} in run.json.</p>`
      : "";
  return `<section><h2>Blocks of the event loop</h2><p class="faint">${formatPlural(target.blockCount, "block")}, ${formatMs(target.blockedMs)} in all, by culprit.${kept} Press a function to see its stacks.</p>${htmlTable("Blocks by culprit", columns, rows)}${hidden}${startup}</section>`;
}

function startupLine(target: TargetRecord): string {
  const total = target.startupBlocks.reduce((sum, block) => sum + block.durationMs, 0);
  if (target.startupBlocks.length === 0) return "";
  return `<p class="faint">Before the first request: ${formatPlural(target.startupBlocks.length, "block")}, ${formatMs(total)} in all (module loading, most often).</p>`;
}

/** Queues, pools and calls to others: a table for each kind that there is. */
export function waitSection(document: RunDocument): string {
  const { target } = document;
  if (target === null) return "";
  const tables = [queueTable(target), poolTable(target), callsTable(target)].filter((table) => table !== "");
  if (tables.length === 0) return "";
  return [
    "<section><h2>Queues, pools and calls to others</h2>",
    `<p class="faint">Over the load: levels at their highest, percentiles of the worst second.</p>`,
    tables.join("<br>"),
    "</section>",
  ].join("");
}

function queueTable({ queues }: TargetRecord): string {
  if (queues.length === 0) return "";
  const titles = ["length", "capacity", "active workers", "wait p95", "task p95", "failed", "rejected"];
  const rows = queues.map((queue) => [
    queue.name,
    formatCount(queue.length),
    queue.capacity === null ? "unbounded" : formatCount(queue.capacity),
    formatCount(queue.activeWorkers),
    formatMs(queue.wait.p95Ms),
    formatMs(queue.task.p95Ms),
    formatCount(queue.failed),
    formatCount(queue.rejected),
  ]);
  return htmlTable("Queues", [{ title: "queue" }, ...numberColumns(titles)], rows);
}

function poolTable({ pools }: TargetRecord): string {
  if (pools.length === 0) return "";
  const rows = pools.map((pool) => [
    pool.name,
    formatCount(pool.used),
    formatCount(pool.max),
    formatCount(pool.pending),
    formatMs(pool.wait.p95Ms),
    formatCount(pool.timeouts),
  ]);
  const titles = ["used", "max", "waiting", "wait p95", "timeouts"];
  return htmlTable("Pools", [{ title: "pool" }, ...numberColumns(titles)], rows);
}

function callsTable({ downstream = [] }: TargetRecord): string {
  if (downstream.length === 0) return "";
  const rows = downstream.map((calls) => [
    calls.name,
    formatCount(calls.calls),
    calls.errors > 0 ? spanOf(formatCount(calls.errors), "bad") : "0",
    formatMs(calls.duration.meanMs),
    formatMs(calls.duration.p95Ms),
    formatMs(calls.duration.maxMs),
    formatCount(calls.mostAlike),
  ]);
  const titles = ["calls", "failed", "mean", "p95", "max", "identical at once"];
  return htmlTable("Calls", [{ title: "to" }, ...numberColumns(titles)], rows);
}

function numberColumns(titles: readonly string[]): readonly { title: string; number: boolean }[] {
  return titles.map((title) => ({ title, number: true }));
}

export function routeSection(document: RunDocument): string {
  const routes = document.target?.http.byRoute ?? [];
  if (routes.length === 0) return "";
  const rows = routes.map((route) => [
    `${route.method} ${route.route}`,
    formatCount(route.requests),
    route.errors > 0 ? spanOf(formatCount(route.errors), "bad") : "0",
    ...(["p50Ms", "p95Ms", "p99Ms", "maxMs"] as const).map((key) => formatMs(route.duration[key])),
  ]);
  const columns = [
    { title: "route" },
    ...["requests", "errors", "p50", "p95", "p99", "max"].map((title) => ({ title, number: true })),
  ];
  return `<section><h2>Routes, as the target saw them</h2><p class="faint">From the request's first byte at the server: time spent waiting for a blocked event loop before that is not in here.</p>${htmlTable("Routes", columns, rows)}</section>`;
}

export function environmentSection(document: RunDocument): string {
  const { git, machine, target } = document;
  const facts: readonly (readonly [string, string])[] = [
    ["run", document.id],
    ["started", document.startedAt],
    ["lasted", formatSeconds(document.durationSeconds)],
    ["command", document.command],
    ["engine", `${document.engine}, ${document.client.model} model`],
    [
      "commit",
      git.commit === null
        ? "unknown"
        : `${git.commit}${git.branch === null ? "" : ` on ${git.branch}`}${git.dirty === true ? ", with uncommitted changes" : ""}`,
    ],
    ["machine", `${formatPlural(machine.cpus, "CPU")}, ${machine.os}, Node ${machine.node}`],
    ...(target === null
      ? [["target", "no figures from an agent"] as const]
      : ([
          ["target", `pid ${target.pid}, Node ${target.node}`],
          [
            "target's CPU",
            `${formatNumber(target.cpuCores.mean)} cores, at most ${formatNumber(target.cpuCores.max)}`,
          ],
          [
            "target's heap",
            `${formatBytes(target.memory.heapUsedBytes.end)} used at the end, limit ${formatBytes(target.memory.heapLimitBytes)}`,
          ],
          [
            "target's collections",
            `${formatCount(target.gc.collections)}, ${formatMs(target.gc.pauseMs)} in all, longest ${formatMs(target.gc.maxPauseMs)}`,
          ],
        ] as const)),
  ];
  const items = facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<section><h2>Environment</h2><dl>${items.join("")}</dl></section>`;
}

/** `summary.md`: the run for a pull request, a chat or a job's summary page. Says what the terminal says. */

import { BLOCK_CAUSE_LABELS } from "./block-cause-labels.js";
import { groupBlocks } from "./block-summary.js";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPlural,
  formatSeconds,
  formatShare,
} from "./figure-format.js";
import { countsFromDueTime } from "./latency-origin.js";
import { markdownCode, markdownTable, markdownText } from "./markdown-text.js";
import type { RunDocument } from "./run-document.js";
import { requestsSentence, runVerdict, thresholdActual } from "./run-verdict.js";
import { displayLine, displayPlace } from "./source-place.js";
import { callsText, poolText, queueText } from "./wait-texts.js";
import { worstFirst } from "./worst-first.js";

const MOST_NAMES = 50;
/** A comment on GitHub holds 65,536 characters, and the summary may stand in one with something of the user's. */
const MOST_CHARACTERS = 60_000;
const MOST_DESTINATIONS = 5;
const MOST_GROUPS = 20;

/**
 * GitHub-flavoured Markdown with a final line break.
 * @param baseFolder source files below it are shown relative to it.
 */
export function renderMarkdownSummary(document: RunDocument, baseFolder: string): string {
  const verdict = runVerdict(document);
  const mark = { passed: "✅", finished: "✅", failed: "❌", broken: "❌", stopped: "⚠️" }[verdict.kind];
  const sections = [
    `## ${mark} ${markdownText(document.name)}: ${verdict.word.toLowerCase()}`,
    `${markdownText(sentenceCase(verdict.sentence))}.`,
    ...thresholdSection(document),
    ...findingSection(document, baseFolder),
    ...requestSection(document),
    ...checkSection(document),
    ...targetSection(document),
    ...blockSection(document, baseFolder),
    ...trustSection(document),
    runLine(document),
  ];
  return cutAtLine(`${sections.join("\n\n")}\n`);
}

function cutAtLine(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const end = text.lastIndexOf("\n", MOST_CHARACTERS);
  return `${text.slice(0, end)}\n\n… cut: a comment on GitHub may hold no more. The whole is in \`report.html\`.\n`;
}

function thresholdSection(document: RunDocument): readonly string[] {
  if (document.thresholds.length === 0) return [];
  const { shown, note } = worstFirst(document.thresholds, ({ ok }) => !ok, "threshold");
  const rows = shown.map((threshold) => [
    threshold.ok ? "✅" : "❌",
    markdownCode(threshold.metric),
    markdownCode(threshold.expression),
    markdownText(thresholdActual(threshold, document)),
  ]);
  return [
    "### Thresholds",
    markdownTable(["", "metric", "must hold", "actual"], rows, "lllr"),
    ...note.map((line) => `${line}.`),
  ];
}

function findingSection(document: RunDocument, baseFolder: string): readonly string[] {
  if (document.findings.length === 0) return [];
  const items = document.findings.map((finding) => {
    const place = finding.location === null ? null : displayPlace(finding.location, baseFolder);
    const where = [
      place === null ? null : markdownCode(place),
      finding.route === null ? null : markdownText(finding.route),
    ]
      .filter((part) => part !== null)
      .join(" in ");
    return [
      `- **${markdownText(finding.title)}**${where === "" ? "" : ` (${where})`}`,
      ...finding.evidence.map((line) => `  - ${markdownText(line)}`),
      ...(finding.remedy === "" ? [] : [`  - _What helps:_ ${markdownText(finding.remedy)}`]),
    ].join("\n");
  });
  return ["### Findings", items.join("\n")];
}

function requestSection(document: RunDocument): readonly string[] {
  const { client } = document;
  const from = countsFromDueTime(document) ? "the moment each request was due" : "the send of each request";
  const intro = `${sentenceCase(requestsSentence(document))}; ${formatNumber(client.throughput.mean)} a second over ${formatSeconds(document.durationSeconds)}. Latency from ${from}.`;
  if (client.latencyMs === null) return ["### Requests", markdownText(intro)];
  const names = [...client.byName].sort((a, b) => b.requests - a.requests);
  const all = {
    name: "all",
    method: "",
    requests: client.requests.completed,
    failed: client.requests.failed,
  };
  const rows = [{ ...all, latencyMs: client.latencyMs }, ...names.slice(0, MOST_NAMES)].map((row) => [
    markdownText(
      row.method === "" || row.name.startsWith(`${row.method} `) ? row.name : `${row.method} ${row.name}`,
    ),
    formatCount(row.requests),
    formatCount(row.failed),
    ...(["mean", "p50", "p95", "p99", "max"] as const).map((key) => formatMs(row.latencyMs?.[key])),
  ]);
  const head = ["", "requests", "failed", "mean", "p50", "p95", "p99", "max"];
  const hidden = names.length - MOST_NAMES;
  return [
    "### Requests",
    markdownText(intro),
    markdownTable(head, rows, "lrrrrrrr"),
    ...(hidden > 0 ? [`… and ${formatPlural(hidden, "more name")} in the report.`] : []),
  ];
}

function checkSection(document: RunDocument): readonly string[] {
  if (document.client.checks.length === 0) return [];
  const { shown, note } = worstFirst(document.client.checks, ({ fails }) => fails > 0, "check");
  const rows = shown.map((check) => [
    check.fails === 0 ? "✅" : "❌",
    markdownText(check.name),
    formatShare(check.passes / Math.max(1, check.passes + check.fails)),
    formatCount(check.fails),
  ]);
  return [
    "### Checks",
    markdownTable(["", "check", "passed", "fails"], rows, "llrr"),
    ...note.map((line) => `${line}.`),
  ];
}

function targetSection(document: RunDocument): readonly string[] {
  const { target } = document;
  if (target === null)
    return ["### Target", "No figures came from an agent: nothing is known of its inside."];
  const { delayMs, utilization } = target.eventLoop;
  const growth = target.memory.heapGrowthBytesPerSecond;
  const rows = [
    [
      "event loop",
      `${formatShare(utilization)} busy; delay p50 ${formatMs(delayMs.p50)}, p99 ${formatMs(delayMs.p99)}, max ${formatMs(delayMs.max)}`,
    ],
    ["cpu", `${formatNumber(target.cpuCores.mean)} cores, at most ${formatNumber(target.cpuCores.max)}`],
    [
      "memory",
      `${formatBytes(target.memory.rssBytes.end)} resident, heap ${formatBytes(target.memory.heapUsedBytes.end)}${growth === null ? "" : `, growing ${formatBytes(growth)} a second`}`,
    ],
    [
      "garbage collection",
      `${formatPlural(target.gc.collections, "collection")}, ${formatMs(target.gc.pauseMs)} in all, longest ${formatMs(target.gc.maxPauseMs)}`,
    ],
    ...target.queues.map((queue) => [`queue ${markdownText(queue.name)}`, queueText(queue)]),
    ...target.pools.map((pool) => [`pool ${markdownText(pool.name)}`, poolText(pool)]),
    ...(target.downstream ?? [])
      .slice(0, MOST_DESTINATIONS)
      .map((calls) => [`calls to ${markdownText(calls.name)}`, callsText(calls)]),
  ];
  return ["### Target", markdownTable(["", `pid ${target.pid}, Node ${target.node}`], rows, "ll")];
}

function blockSection(document: RunDocument, baseFolder: string): readonly string[] {
  const { target } = document;
  if (target === null || target.blockCount === 0) return [];
  const groups = groupBlocks(target.blocks);
  const rows = groups
    .slice(0, MOST_GROUPS)
    .map((group) => [
      markdownText(group.function ?? "(unknown)"),
      markdownText(displayLine(group.userFrame ?? group, baseFolder) ?? ""),
      markdownText(group.routes.slice(0, 3).join(", ")),
      `${BLOCK_CAUSE_LABELS[group.cause]}${group.confidence === "exact" ? "" : ` (${group.confidence})`}`,
      formatCount(group.count),
      formatMs(group.longestMs),
      formatMs(group.totalMs),
    ]);
  const head = ["function", "where", "route", "cause", "count", "longest", "total"];
  return [
    `### Blocks: ${formatCount(target.blockCount)}, ${formatMs(target.blockedMs)} in all`,
    markdownTable(head, rows, "llllrrr"),
  ];
}

function trustSection(document: RunDocument): readonly string[] {
  const { ok, reasons } = document.trust;
  if (reasons.length === 0) return ok ? [] : ["### ⚠️ This run is not trustworthy"];
  const title = ok ? "### Reasons to doubt" : "### ⚠️ This run is not trustworthy";
  return [title, reasons.map((reason) => `- ${markdownText(reason)}`).join("\n")];
}

function runLine(document: RunDocument): string {
  const { git, machine } = document;
  const commit =
    git.commit === null
      ? []
      : [`commit ${git.commit.slice(0, 10)}${git.dirty === true ? " with changes" : ""}`];
  const parts = [
    document.startedAt,
    ...commit,
    `Node ${machine.node}`,
    formatPlural(machine.cpus, "CPU"),
    machine.os,
  ];
  return `<sub>${markdownText(`${document.id} · ${parts.join(" · ")}`)}</sub>`;
}

function sentenceCase(text: string): string {
  return text === "" ? text : (text[0] ?? "").toUpperCase() + text.slice(1);
}

/** The run at a glance, for the terminal: verdict first, then why, then the figures. */

import {
  formatCount,
  formatMs,
  formatNumber,
  formatSeconds,
  formatShare,
  printable,
} from "./figure-format.js";
import { countsFromDueTime } from "./latency-origin.js";
import type { Finding, RunDocument } from "./run-document.js";
import { runVerdict, thresholdActual, type VerdictKind } from "./run-verdict.js";
import { displayPlace } from "./source-place.js";
import { shortened, type TerminalStyle, type Tone, toned, wrapped } from "./terminal-style.js";
import { blockLines, targetLines } from "./terminal-target.js";
import { renderTable, type TableRow } from "./text-table.js";
import { worstFirst } from "./worst-first.js";

const VERDICT_TONE: Readonly<Record<VerdictKind, Tone>> = {
  passed: "good",
  failed: "bad",
  stopped: "doubt",
  broken: "bad",
  finished: "strong",
};

const SEVERITY_TONE: Readonly<Record<Finding["severity"], Tone>> = {
  info: "good",
  warning: "doubt",
  critical: "bad",
};

const MOST_NAMES = 12;

/**
 * The whole summary, without a final line break. Readable without colour, in a pipe, at 40 columns and more.
 * @param reportPath shown as the last line when given.
 */
export function renderRunSummary(
  document: RunDocument,
  style: TerminalStyle,
  reportPath: string | null = null,
): string {
  const sections = [
    verdictLines(document, style),
    thresholdLines(document, style),
    document.findings.flatMap((finding) => findingLines(finding, style)),
    requestLines(document, style),
    checkLines(document, style),
    targetLines(document, style),
    blockLines(document, style),
    trustLines(document, style),
    reportPath === null ? [] : [`${toned("report", "faint", style)}  ${reportPath}`],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function verdictLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  const verdict = runVerdict(document);
  const mark = verdict.kind === "passed" || verdict.kind === "finished" ? "✓" : "✗";
  const rest = `${printable(document.name)}: ${verdict.sentence}`;
  const [first, ...more] = wrapped(rest, style.columns - verdict.word.length - 4);
  const head = toned(`${mark} ${verdict.word}`, VERDICT_TONE[verdict.kind], style);
  return [
    `${head}  ${toned(first ?? "", "strong", style)}`,
    ...more.map((line) => `${" ".repeat(verdict.word.length + 4)}${line}`),
  ];
}

function heading(title: string, style: TerminalStyle, aside = ""): string {
  return toned(title, "strong", style) + (aside === "" ? "" : `  ${toned(aside, "faint", style)}`);
}

function thresholdLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  if (document.thresholds.length === 0) return [];
  const { shown, note } = worstFirst(document.thresholds, ({ ok }) => !ok, "threshold");
  const rows: TableRow[] = shown.map((threshold) => {
    const tone = threshold.ok ? "good" : "bad";
    return [
      { text: threshold.ok ? "✓" : "✗", tone },
      printable(`${threshold.metric} ${threshold.expression}`),
      { text: thresholdActual(threshold, document), tone },
    ];
  });
  const columns = [
    { title: "", align: "left" },
    { title: "must hold", align: "left", minWidth: 20 },
    { title: "actual", align: "right", minWidth: 12 },
  ] as const;
  return [heading("Thresholds", style), ...renderTable(columns, rows, style), ...indentedNote(note)];
}

function findingLines(finding: Finding, style: TerminalStyle): readonly string[] {
  const tone = SEVERITY_TONE[finding.severity];
  const indented = (text: string, first: string, next: string): readonly string[] =>
    wrapped(printable(text), style.columns - next.length).map((line, index) =>
      index === 0 ? first + line : next + line,
    );
  const [title, ...restOfTitle] = indented(finding.title, "", "  ");
  const place =
    finding.location === null ? null : displayPlace(finding.location, style.baseFolder ?? process.cwd());
  const route = finding.route === null ? null : printable(finding.route);
  const where = [place, route].filter((part) => part !== null).join(" in ");
  return [
    `${toned("●", tone, style)} ${toned(title ?? "", tone, style)}`,
    ...restOfTitle.map((line) => toned(line, tone, style)),
    ...(where === "" ? [] : [`  at ${shortened(where, Math.max(30, style.columns - 5))}`]),
    ...finding.evidence.flatMap((line) => indented(line, "  · ", "    ")),
    ...(finding.remedy === "" ? [] : indented(finding.remedy, "  → ", "    ")),
  ];
}

function requestLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  const { client } = document;
  const { requests, throughput } = client;
  const from = countsFromDueTime(document) ? "from the moment each was due" : "from the send";
  const counts = [
    `${formatCount(requests.started)} sent`,
    `${formatCount(requests.completed)} answered`,
    `${formatCount(requests.failed)} failed (${formatShare(requests.started === 0 ? null : requests.failed / requests.started)})`,
    ...(requests.timedOut > 0 ? [`${formatCount(requests.timedOut)} timed out`] : []),
    ...(requests.dropped > 0 ? [`${formatCount(requests.dropped)} dropped`] : []),
    ...(requests.unfinished > 0 ? [`${formatCount(requests.unfinished)} unfinished`] : []),
  ];
  const rate = `${formatNumber(throughput.mean)} a second over ${formatSeconds(document.durationSeconds)}`;
  const range = `(${formatNumber(throughput.min)} to ${formatNumber(throughput.max)})`;
  return [
    heading("Requests", style, `latency ${from}`),
    ...wrapped(counts.join(" · "), style.columns - 2).map((line) => `  ${line}`),
    ...(requests.completed === 0 ? [] : [`  ${rate} ${range}`]),
    ...latencyTable(document, style),
  ];
}

function latencyTable(document: RunDocument, style: TerminalStyle): readonly string[] {
  const { client } = document;
  if (client.latencyMs === null) return ["  no request ended, so there are no latencies"];
  const all = { name: "all", method: "", ...client.requests, requests: client.requests.completed };
  const busiest = [...client.byName].sort((a, b) => b.requests - a.requests);
  const shown = client.byName.length === 1 ? [] : busiest.slice(0, MOST_NAMES);
  const rows: TableRow[] = [{ ...all, latencyMs: client.latencyMs }, ...shown].map((row) => [
    printable(
      row.method === "" || row.name.startsWith(`${row.method} `) ? row.name : `${row.method} ${row.name}`,
    ),
    formatCount(row.requests),
    { text: formatCount(row.failed), tone: row.failed > 0 ? "bad" : "plain" },
    ...[
      row.latencyMs?.mean,
      row.latencyMs?.p50,
      row.latencyMs?.p95,
      row.latencyMs?.p99,
      row.latencyMs?.max,
    ].map((value) => formatMs(value)),
  ]);
  const columns = [
    { title: "", align: "left", minWidth: 10 },
    { title: "requests", align: "right" },
    { title: "failed", align: "right", dropOrder: 1 },
    { title: "mean", align: "right", dropOrder: 2 },
    { title: "p50", align: "right" },
    { title: "p95", align: "right" },
    { title: "p99", align: "right" },
    { title: "max", align: "right" },
  ] as const;
  const hidden = client.byName.length - shown.length;
  const more = shown.length > 0 && hidden > 0 ? [`  … and ${hidden} more names in the report`] : [];
  return [...renderTable(columns, rows, style), ...more];
}

function checkLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  if (document.client.checks.length === 0) return [];
  const { shown, note } = worstFirst(document.client.checks, ({ fails }) => fails > 0, "check");
  const rows: TableRow[] = shown.map((check) => [
    { text: check.fails === 0 ? "✓" : "✗", tone: check.fails === 0 ? "good" : "bad" },
    printable(check.name),
    formatShare(check.passes / Math.max(1, check.passes + check.fails)),
    formatCount(check.passes),
    formatCount(check.fails),
  ]);
  const columns = [
    { title: "", align: "left" },
    { title: "check", align: "left", minWidth: 20 },
    { title: "passed", align: "right" },
    { title: "passes", align: "right", dropOrder: 1 },
    { title: "fails", align: "right" },
  ] as const;
  return [heading("Checks", style), ...renderTable(columns, rows, style), ...indentedNote(note)];
}

function indentedNote(note: readonly string[]): readonly string[] {
  return note.map((line) => `  ${line}`);
}

function trustLines(document: RunDocument, style: TerminalStyle): readonly string[] {
  const { ok, reasons } = document.trust;
  if (ok && reasons.length === 0) return [];
  const title = ok ? "Reasons to doubt" : "This run is not trustworthy";
  return [
    toned(title, ok ? "strong" : "doubt", style),
    ...reasons.flatMap((reason) =>
      wrapped(printable(reason), style.columns - 4).map((line, index) =>
        index === 0 ? `  · ${line}` : `    ${line}`,
      ),
    ),
  ];
}

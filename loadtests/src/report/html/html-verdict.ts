/** Top of the report: the verdict, the figures that people look for first, thresholds, findings, doubts. */

import { formatBytes, formatCount, formatMs, formatNumber, formatShare } from "../figure-format.js";
import type { Finding, RunDocument } from "../run-document.js";
import { requestsSentence, runVerdict, thresholdActual } from "../run-verdict.js";
import { displayPlace } from "../source-place.js";
import { htmlTable, spanOf } from "./html-table.js";
import { escapeHtml } from "./html-text.js";

export function verdictSection(document: RunDocument): string {
  const verdict = runVerdict(document);
  const sentence = verdict.sentence.charAt(0).toUpperCase() + verdict.sentence.slice(1);
  const tone = { passed: "good", finished: "good", failed: "bad", broken: "bad", stopped: "doubt" }[
    verdict.kind
  ];
  return [
    `<div class="verdict ${verdict.kind}" role="status">`,
    `<span class="word ${tone}">${verdict.word}</span>`,
    `<p>${escapeHtml(sentence)}.</p>`,
    `<p class="faint">${escapeHtml(requestsSentence(document))}.</p>`,
    "</div>",
    keyFigures(document),
  ].join("");
}

function keyFigures(document: RunDocument): string {
  const { client, target } = document;
  const { latencyMs, requests } = client;
  const figures: readonly (readonly [string, string])[] = [
    ["answered", formatCount(requests.completed)],
    ["failed", formatShare(requests.started === 0 ? null : requests.failed / requests.started)],
    ["throughput", `${formatNumber(client.throughput.mean)}/s`],
    ["latency p50", formatMs(latencyMs?.p50)],
    ["latency p95", formatMs(latencyMs?.p95)],
    ["latency p99", formatMs(latencyMs?.p99)],
    ...(target === null
      ? []
      : ([
          ["blocks", formatCount(target.blockCount)],
          ["blocked", formatMs(target.blockedMs)],
          ["event loop busy", formatShare(target.eventLoop.utilization)],
          ["loop delay p99", formatMs(target.eventLoop.delayMs.p99)],
          ["memory at end", formatBytes(target.memory.rssBytes.end)],
        ] as const)),
  ];
  const items = figures.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="figures">${items.join("")}</dl>`;
}

export function thresholdSection(document: RunDocument): string {
  if (document.thresholds.length === 0) return "";
  // The verdict in front: on a telephone the last columns are out of sight.
  const rows = document.thresholds.map((threshold) => [
    spanOf(threshold.ok ? "✓ holds" : "✗ failed", `tag ${threshold.ok ? "good" : "bad"}`),
    threshold.metric,
    { html: `<code>${escapeHtml(threshold.expression)}</code>` },
    thresholdActual(threshold, document),
  ]);
  const columns = [
    { title: "verdict" },
    { title: "metric" },
    { title: "must hold" },
    { title: "actual", number: true },
  ];
  return `<section><h2>Thresholds</h2>${htmlTable("Thresholds", columns, rows)}</section>`;
}

export function findingSection(document: RunDocument, baseFolder: string): string {
  if (document.findings.length === 0) return "";
  const blockIds = new Map(
    (document.target?.blocks ?? []).map((block) => [
      `${block.function}\n${block.file}\n${block.line}`,
      block.id,
    ]),
  );
  const findings = document.findings.map((finding) => findingArticle(finding, baseFolder, blockIds));
  return `<section><h2>Why</h2>${findings.join("")}</section>`;
}

function findingArticle(finding: Finding, baseFolder: string, blockIds: ReadonlyMap<string, string>): string {
  const { location } = finding;
  const place = location === null ? null : displayPlace(location, baseFolder);
  const blockId =
    location === null ? undefined : blockIds.get(`${location.function}\n${location.file}\n${location.line}`);
  const where = [
    ...(place === null ? [] : [`<span class="place">${escapeHtml(place)}</span>`]),
    ...(finding.route === null ? [] : [`in <span class="mono">${escapeHtml(finding.route)}</span>`]),
  ].join(" ");
  const share = finding.explainedSlowRequests;
  return [
    '<article class="finding">',
    `<h3>${escapeHtml(finding.title)}</h3>`,
    `<p><span class="tag ${finding.severity}">${finding.severity}</span> <span class="faint">${escapeHtml(finding.cause)}</span> ${where}`,
    blockId === undefined
      ? ""
      : ` <button class="link-button" data-block="${escapeHtml(blockId)}">show a stack</button>`,
    "</p>",
    share > 0 ? shareBar(share) : "",
    `<ul>${finding.evidence.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`,
    finding.remedy === "" ? "" : `<p class="remedy">${escapeHtml(finding.remedy)}</p>`,
    "</article>",
  ].join("");
}

/** SVG, because the page's policy forbids style attributes. */
function shareBar(share: number): string {
  const width = (share * 100).toFixed(1);
  const label = `explains ${formatShare(share)} of the slow requests`;
  return `<div class="share" role="img" aria-label="${label}" title="${label}"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="6"></rect></svg></div>`;
}

export function trustSection(document: RunDocument): string {
  const { ok, reasons } = document.trust;
  const verdict = ok
    ? '<p><span class="tag good">trustworthy</span> The load generator kept up with its own timetable.</p>'
    : '<p><span class="tag bad">not trustworthy</span> The figures above may describe the load generator rather than the target.</p>';
  const list =
    reasons.length === 0
      ? ""
      : `<ul>${reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join("")}</ul>`;
  return `<section><h2>Reasons to doubt</h2>${verdict}${list}</section>`;
}

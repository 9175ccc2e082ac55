/** `report.html`: one file that holds everything it shows and asks the network for nothing. */

import type { HistogramSnapshot } from "@loopscope/agent/catalog";
import type { RunDocument } from "../run-document.js";
import type { RunTimeline } from "../run-timeline.js";
import { blocksOf } from "./block-data.js";
import { chartsOf } from "./chart-data.js";
import {
  blockSection,
  environmentSection,
  requestSection,
  routeSection,
  waitSection,
} from "./html-details.js";
import { htmlDocument } from "./html-document.js";
import { escapeHtml } from "./html-text.js";
import { findingSection, thresholdSection, trustSection, verdictSection } from "./html-verdict.js";
import type { PageChart, PageData } from "./page/page-data.js";
import { chartStyle, pageScript } from "./page-script.js";
import { PAGE_STYLE } from "./page-style.js";
import { percentilesOf } from "./percentile-data.js";

export interface HtmlReportOptions {
  /** Source files below it are shown relative to it. */
  readonly baseFolder: string;
  /** Latencies of the whole run, microseconds. */
  readonly latency: HistogramSnapshot;
  /** Pages beside the report, relative to it. */
  readonly attachments?: readonly string[];
}

/** The whole page: figures and tables as plain HTML from the document, charts from the timeline. */
export async function renderHtmlReport(
  document: RunDocument,
  timeline: RunTimeline,
  options: HtmlReportOptions,
): Promise<string> {
  const [script, charts] = await Promise.all([pageScript("main"), chartStyle()]);
  const style = `${charts}${PAGE_STYLE}`;
  const data = pageData(document, timeline, options);
  const { baseFolder } = options;
  const body = [
    verdictSection(document),
    thresholdSection(document),
    findingSection(document, baseFolder),
    chartSection(data.charts),
    requestSection(document),
    blockSection(document, baseFolder),
    waitSection(document),
    routeSection(document),
    trustSection(document),
    environmentSection(document),
    attachmentSection(options.attachments ?? []),
  ];
  return htmlDocument({
    title: `${document.name} – Loopscope`,
    style,
    script,
    skipLink: "Skip to the report",
    body: [
      `<h1>${escapeHtml(document.name)}</h1>`,
      `<p class="faint">${escapeHtml(document.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC"))} · <span class="mono">${escapeHtml(document.command)}</span></p>`,
      ...body,
    ],
    data,
  });
}

function pageData(document: RunDocument, timeline: RunTimeline, options: HtmlReportOptions): PageData {
  const startedAt = timeline.startedAt ?? Date.parse(document.startedAt);
  const blocks = document.target?.blocks ?? [];
  const lastSecond = timeline.client.at(-1)?.elapsedSeconds ?? 0;
  return {
    durationSeconds: Math.max(document.durationSeconds, lastSecond, 1),
    charts: chartsOf(document, timeline),
    percentiles: percentilesOf(options.latency),
    ...blocksOf(blocks, startedAt, options.baseFolder),
  };
}

function chartSection(charts: readonly PageChart[]): string {
  if (charts.length === 0) {
    return "<section><h2>Over time</h2><p>There is nothing to draw: the run recorded no second of load.</p></section>";
  }
  const figures = charts.map(
    (chart) =>
      `<figure><figcaption><b>${escapeHtml(chart.title)}</b><span>${escapeHtml(chart.description)}</span></figcaption><div class="chart" id="chart-${chart.id}" role="img" aria-label="${escapeHtml(`${chart.title}. ${chart.description}`)}"></div></figure>`,
  );
  const buttons = (
    [
      ["in", "Zoom in"],
      ["out", "Zoom out"],
      ["back", "◀ Earlier"],
      ["on", "Later ▶"],
      ["all", "Whole run"],
    ] as const
  ).map(([action, label]) => `<button data-zoom="${action}">${label}</button>`);
  return [
    "<section><h2>Over time</h2>",
    '<p class="faint">Drag over a stretch to zoom all charts, double-click for the whole run. Triangles are blocks: click one for its stack.</p>',
    "<noscript><p>The charts need JavaScript; all figures are in the tables.</p></noscript>",
    `<div class="toolbar" role="toolbar" aria-label="Time axis of all charts">${buttons.join("")}<output id="zoom-range" class="faint">whole run</output></div>`,
    ...figures,
    "</section>",
  ].join("\n");
}

/** Pages of other tools (Clinic.js) that lie beside this one. */
function attachmentSection(attachments: readonly string[]): string {
  if (attachments.length === 0) return "";
  const items = attachments.map((file) => {
    const address = file.split("/").map(encodeURIComponent).join("/");
    return `<li><a href="${escapeHtml(address)}">${escapeHtml(file)}</a></li>`;
  });
  return `<section><h2>Beside this report</h2><ul>${items.join("")}</ul></section>`;
}

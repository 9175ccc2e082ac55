/** `report.html`: one file that holds everything it shows and asks the network for nothing. */

import type { RunDocument } from "../run-document.js";
import type { RunTimeline } from "../run-timeline.js";
import { renderRunSummary } from "../terminal-summary.js";
import { escapeHtml } from "./html-text.js";

export interface HtmlReportOptions {
  /** Source files below it are shown relative to it. */
  readonly baseFolder: string;
}

/** The whole page. */
export async function renderHtmlReport(
  document: RunDocument,
  _timeline: RunTimeline,
  options: HtmlReportOptions,
): Promise<string> {
  const summary = renderRunSummary(document, { colour: false, columns: 110, baseFolder: options.baseFolder });
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<title>${escapeHtml(document.name)}</title></head>`,
    `<body><main><h1>${escapeHtml(document.name)}</h1><pre>${escapeHtml(summary)}</pre></main></body></html>`,
    "",
  ].join("\n");
}

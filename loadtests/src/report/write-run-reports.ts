/** Writes the reports of a run into its folder. The one place of the reports that touches files. */

import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { HistogramSnapshot } from "@loopscope/agent/catalog";
import { renderHtmlReport } from "./html/html-report.js";
import type { JunitOptions } from "./junit-document.js";
import { renderJunitXml } from "./junit-xml.js";
import { renderK6SummaryExport } from "./k6-summary-export.js";
import { renderHgrm } from "./latency-hgrm.js";
import { renderMarkdownSummary } from "./markdown-summary.js";
import type { RunDocument } from "./run-document.js";
import { type RunTimeline, readRunTimeline } from "./run-timeline.js";
import { renderTimelineCsv } from "./timeline-csv.js";

export type ReportFormat = "html" | "markdown" | "junit" | "hgrm" | "k6-summary" | "csv";

/** What each format is called in the run's folder. */
export const REPORT_FILES: Readonly<Record<ReportFormat, string>> = {
  html: "report.html",
  markdown: "summary.md",
  junit: "junit.xml",
  hgrm: "latency.hgrm",
  "k6-summary": "k6-summary.json",
  csv: "timeline.csv",
};

/** Written unless others are asked for. */
export const USUAL_REPORTS: readonly ReportFormat[] = ["html", "markdown", "junit", "hgrm"];

export interface ReportOptions {
  /** Default: `USUAL_REPORTS`. */
  readonly formats?: readonly ReportFormat[];
  /**
   * Latencies of the whole run, microseconds, for `latency.hgrm`. Without it the timeline's seconds are added
   * up, which lack what was still unanswered at the end.
   */
  readonly latency?: HistogramSnapshot;
  readonly junit?: JunitOptions;
  /** Pages that lie beside the report, relative to it: it links to them. Found in the folder where left out. */
  readonly attachments?: readonly string[];
  /** Source files below it are shown relative to it. Default: the working folder. */
  readonly baseFolder?: string;
}

/**
 * Reads `timeline.ndjson` of the folder (a missing or damaged one is reported, not fatal) and writes the
 * formats asked for. Returns the files' paths in the order of the formats.
 */
export async function writeRunReports(
  folder: string,
  document: RunDocument,
  options: ReportOptions = {},
): Promise<readonly string[]> {
  const timeline = await readRunTimeline(path.join(folder, document.timeline.frames));
  const attachments = await attachmentsOf(folder);
  const written: string[] = [];
  for (const format of options.formats ?? USUAL_REPORTS) {
    const file = path.join(folder, REPORT_FILES[format]);
    await writeFile(file, await renderReport(format, document, timeline, { ...options, attachments }));
    written.push(file);
  }
  return written;
}

/** One report as text. */
export async function renderReport(
  format: ReportFormat,
  document: RunDocument,
  timeline: RunTimeline,
  options: Omit<ReportOptions, "formats"> = {},
): Promise<string> {
  const baseFolder = options.baseFolder ?? process.cwd();
  switch (format) {
    case "html":
      return renderHtmlReport(document, timeline, {
        baseFolder,
        latency: options.latency ?? timeline.latency,
        attachments: options.attachments ?? [],
      });
    case "markdown":
      return renderMarkdownSummary(document, baseFolder);
    case "junit":
      return renderJunitXml(document, options.junit);
    case "hgrm":
      return renderHgrm(options.latency ?? timeline.latency);
    case "k6-summary":
      return renderK6SummaryExport(document);
    case "csv":
      return renderTimelineCsv(timeline);
  }
}

/** Pages that other tools left in the run's folder. */
async function attachmentsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(path.join(folder, "clinic")).catch(() => []);
  return names.filter((name) => name.endsWith(".html")).map((name) => `clinic/${name}`);
}

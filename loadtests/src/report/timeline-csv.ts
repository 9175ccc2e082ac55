/**
 * The run as a table, one row a second, for spreadsheets: commas between cells, a dot as the decimal mark.
 */

import type { RunTimeline } from "./run-timeline.js";

const COLUMNS = [
  "elapsed_seconds",
  "started_per_second",
  "completed_per_second",
  "failed_per_second",
  "in_flight",
  "vus",
  "latency_p50_ms",
  "latency_p95_ms",
  "latency_p99_ms",
  "latency_max_ms",
  "target_eventloop_delay_p50_ms",
  "target_eventloop_delay_p99_ms",
  "target_eventloop_utilization",
  "target_blocked_ms",
  "target_rss_bytes",
  "target_heap_used_bytes",
  "target_gc_pause_ms",
  "target_cpu_cores",
] as const;

/** Rows at the client's intervals; the target's columns are those of the frame that ended nearest before. */
export function renderTimelineCsv(timeline: RunTimeline): string {
  const lines = [COLUMNS.join(",")];
  let frameIndex = -1;
  for (const second of timeline.client) {
    while (
      frameIndex + 1 < timeline.target.length &&
      (timeline.target[frameIndex + 1]?.at ?? Number.POSITIVE_INFINITY) <= second.at + 500
    ) {
      frameIndex++;
    }
    const frame = timeline.target[frameIndex];
    const cells = [
      second.elapsedSeconds,
      second.startedPerSecond,
      second.completedPerSecond,
      second.failedPerSecond,
      second.inFlight,
      second.activeVus,
      second.p50Ms,
      second.p95Ms,
      second.p99Ms,
      second.maxMs,
      frame?.delayP50Ms ?? null,
      frame?.delayP99Ms ?? null,
      frame?.utilization ?? null,
      frame?.blockedMs ?? null,
      frame?.rssBytes ?? null,
      frame?.heapUsedBytes ?? null,
      frame?.gcPauseMs ?? null,
      frame?.cpuCores ?? null,
    ];
    lines.push(cells.map((cell) => (cell === null ? "" : String(Number(cell.toFixed(6))))).join(","));
  }
  return `${lines.join("\n")}\n`;
}

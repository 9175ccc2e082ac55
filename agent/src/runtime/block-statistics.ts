import type { Block } from "../catalog/block";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import { CounterSeries, HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

/** Blocks as metrics and for the frame. */
export interface BlockStatistics {
  readonly families: readonly MetricFamily[];
  record(block: Block): void;
  takeWindow(): { readonly blocks: number; readonly blockedMs: number };
}

/** There are fourteen causes. */
const MAX_CAUSES = 20;

/** @param maxBlockers places of code kept apart; the rest is `other`, told to `onOverflow`. */
export function createBlockStatistics(maxBlockers: number, onOverflow: () => void): BlockStatistics {
  const durations = new HistogramSeries(EVENTLOOP_METRICS.blockDuration, MAX_CAUSES, onOverflow);
  const blocked = new CounterSeries(EVENTLOOP_METRICS.blockedTime, maxBlockers, onOverflow);
  let blocks = 0;
  let blockedMs = 0;
  return {
    families: [durations, blocked],
    record: (block) => {
      blocks++;
      blockedMs += block.durationMs;
      const seconds = block.durationMs / 1000;
      const histogram = durations.series([block.cause]);
      const { traceId, spanId } = block;
      if (traceId === null || spanId === null) histogram.record(seconds);
      else histogram.recordTraced(seconds, { traceId, spanId }, (block.at + block.durationMs) / 1000);
      const line = block.line === null ? "" : String(block.line);
      const place = [block.function ?? "", block.file ?? "", line, block.route ?? ""];
      blocked.add([block.cause, ...place], seconds);
    },
    takeWindow: () => {
      const window = { blocks, blockedMs };
      blocks = 0;
      blockedMs = 0;
      return window;
    },
  };
}

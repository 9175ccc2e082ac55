/** A load's figures in the shape of autocannon 9's own JSON, but true: microseconds, timeouts included, p95 too. */

import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import type { EngineResult } from "../engine.js";
import type { BenchOptions } from "./bench-options.js";
import type { BenchCounts } from "./bench-recorder.js";

/** autocannon's names, and the share of the values that lies at or under each. */
const PERCENTILES: readonly (readonly [string, number])[] = [
  ["p0_001", 0.00001],
  ["p0_01", 0.0001],
  ["p0_1", 0.001],
  ["p1", 0.01],
  ["p2_5", 0.025],
  ["p10", 0.1],
  ["p25", 0.25],
  ["p50", 0.5],
  ["p75", 0.75],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p97_5", 0.975],
  ["p99", 0.99],
  ["p99_9", 0.999],
  ["p99_99", 0.9999],
  ["p99_999", 0.99999],
];

/** What happened in one whole second. */
export interface BenchSecond {
  readonly requests: number;
  readonly bytes: number;
}

export function autocannonResult(
  options: BenchOptions,
  result: EngineResult,
  counts: Readonly<BenchCounts>,
  seconds: readonly BenchSecond[],
): Readonly<Record<string, unknown>> {
  const byStatus = countByStatus(result);
  const inClass = (first: number): number =>
    Object.entries(byStatus).reduce(
      (sum, [status, count]) => (Math.floor(Number(status) / 100) === first ? sum + count : sum),
      0,
    );
  const classes = Object.fromEntries([1, 2, 3, 4, 5].map((first) => [`${first}xx`, inClass(first)]));
  const answered = result.requests.completed;
  return {
    url: options.url,
    ...(options.socketPath === null ? {} : { socketPath: options.socketPath }),
    connections: options.connections,
    sampleInt: 1000,
    pipelining: options.pipelining,
    workers: options.workers,
    duration: Math.round((result.endedAt - result.startedAt) / 10) / 100,
    samples: seconds.length,
    start: new Date(result.startedAt).toISOString(),
    finish: new Date(result.endedAt).toISOString(),
    errors: counts.failed - failedAnswers(byStatus) - counts.mismatches,
    timeouts: counts.timedOut,
    mismatches: counts.mismatches,
    non2xx: answered - inClass(2),
    resets: 0,
    ...classes,
    statusCodeStats: Object.fromEntries(
      Object.entries(byStatus)
        .filter(([status]) => status !== "0")
        .map(([status, count]) => [status, { count }]),
    ),
    latency: latencyFigures(result),
    requests: {
      ...sampleFigures(seconds.map((second) => second.requests)),
      total: answered,
      sent: counts.started,
    },
    throughput: {
      ...sampleFigures(seconds.map((second) => second.bytes)),
      total: counts.bytesReceived,
    },
  };
}

function latencyFigures(result: EngineResult): Record<string, number> {
  const histogram = histogramFromSnapshot(result.latency);
  const empty = histogram.count === 0;
  const mean = empty ? 0 : histogram.mean / 1000;
  let squares = 0;
  for (const { value, count } of histogram.buckets()) squares += count * (value / 1000 - mean) ** 2;
  return {
    average: mean,
    mean,
    stddev: empty ? 0 : Math.sqrt(squares / histogram.count),
    min: histogram.min / 1000,
    max: histogram.max / 1000,
    ...Object.fromEntries(
      PERCENTILES.map(([name, share]) => [name, empty ? 0 : histogram.quantile(share) / 1000]),
    ),
    totalCount: histogram.count,
  };
}

function sampleFigures(samples: readonly number[]): Record<string, number> {
  const sorted = samples.toSorted((a, b) => a - b);
  const mean = samples.length === 0 ? 0 : samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const squares = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    average: mean,
    mean,
    stddev: samples.length === 0 ? 0 : Math.sqrt(squares / samples.length),
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    ...Object.fromEntries(PERCENTILES.map(([name, share]) => [name, quantile(share)])),
  };
}

function countByStatus(result: EngineResult): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { byStatus } of result.byName) {
    for (const [status, count] of Object.entries(byStatus)) counts[status] = (counts[status] ?? 0) + count;
  }
  return counts;
}

function failedAnswers(byStatus: Readonly<Record<string, number>>): number {
  return Object.entries(byStatus).reduce(
    (sum, [status, count]) => (Number(status) >= 400 ? sum + count : sum),
    0,
  );
}

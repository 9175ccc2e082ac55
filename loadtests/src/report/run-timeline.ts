/**
 * `timeline.ndjson` read back, folded to what reports show: a few figures a second, whatever the file's size.
 */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import {
  type Block,
  type Frame,
  type HistogramSnapshot,
  histogramFromSnapshot,
  LogLinearHistogram,
} from "@loopscope/agent/catalog";
import type { ClientInterval, SlowRequest } from "../engine/engine.js";
import type { TimelineLine } from "../measure/timeline-line.js";

/** One second as the client saw it. Percentiles are null when nothing ended in it. */
export interface ClientSecond {
  /** End of the interval. */
  readonly at: number;
  /** About 1000; the last one of a run is whatever was left. */
  readonly durationMs: number;
  readonly elapsedSeconds: number;
  readonly startedPerSecond: number;
  readonly completedPerSecond: number;
  readonly failedPerSecond: number;
  readonly droppedPerSecond: number;
  readonly inFlight: number;
  readonly activeVus: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly slipP99Ms: number | null;
  readonly generatorUtilization: number;
}

/** One second as the agent saw it. */
export interface TargetSecond {
  /** End of the window. */
  readonly at: number;
  readonly windowMs: number;
  readonly delayP50Ms: number | null;
  readonly delayP99Ms: number | null;
  readonly delayMaxMs: number | null;
  readonly utilization: number;
  readonly blockedMs: number;
  readonly activeRequests: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapFloorBytes: number | null;
  readonly gcPauseMs: number;
  readonly gcMaxPauseMs: number;
  readonly cpuCores: number;
  /** The main thread's wait for a CPU; null where the agent does not tell. */
  readonly runQueueMs: number | null;
  readonly threadPoolDelayMs: number | null;
  readonly queues: Frame["queues"];
  readonly pools: Frame["pools"];
  /** HTTP requests that ended. */
  readonly requests: number;
  /** The busiest routes: requests that ended, and how long they took. */
  readonly routes: readonly { readonly requests: number; readonly p50Ms: number | null }[];
  /** Calls to databases and other services; empty where the agent does not tell. */
  readonly downstream: NonNullable<Frame["downstream"]>;
}

export interface RunTimeline {
  /** Epoch milliseconds; null when the load never started. */
  readonly startedAt: number | null;
  /** Null: the run was cut off before it could say so. */
  readonly endedAt: number | null;
  readonly client: readonly ClientSecond[];
  readonly target: readonly TargetSecond[];
  readonly blocks: readonly Block[];
  /** What a full collection after the load left of the target's heap; null where none was asked for. */
  readonly heapLeft: { readonly at: number; readonly bytes: number } | null;
  /** Slowest first. */
  readonly slowest: readonly SlowRequest[];
  /** The weighted sample of all requests; empty where the engine drew none. */
  readonly sampled: readonly SlowRequest[];
  /** All intervals' latencies, microseconds: what ended while the load ran, censored requests left out. */
  readonly latency: HistogramSnapshot;
  /** Lines that could not be read: the last one of a killed run, most often. */
  readonly damagedLines: number;
}

/**
 * Reads line by line: memory grows with the seconds of the run, not with the file. A missing file is an empty
 * run.
 */
export async function readRunTimeline(file: string): Promise<RunTimeline> {
  const client: ClientSecond[] = [];
  const target: TargetSecond[] = [];
  const blocks: Block[] = [];
  const slowest: SlowRequest[] = [];
  const sampled: SlowRequest[] = [];
  let latency: LogLinearHistogram | null = null;
  let startedAt: number | null = null;
  let endedAt: number | null = null;
  let heapLeft: RunTimeline["heapLeft"] = null;
  let damagedLines = 0;
  for await (const text of linesOf(file)) {
    const line = parsedLine(text);
    if (line === null) {
      damagedLines++;
      continue;
    }
    switch (line.type) {
      case "start":
        startedAt = line.at;
        break;
      case "end":
        endedAt = line.at;
        break;
      case "client":
        latency ??= new LogLinearHistogram(line.interval.latency.precisionBits);
        latency.addSnapshot(line.interval.latency);
        client.push(clientSecond(line.interval));
        break;
      case "frame":
        target.push(targetSecond(line.frame));
        break;
      case "block":
        blocks.push(line.block);
        break;
      case "heap":
        heapLeft = { at: line.at, bytes: line.leftBytes };
        break;
      case "slow":
        slowest.push(line.request);
        break;
      case "sampled":
        sampled.push(line.request);
        break;
    }
  }
  const merged = (latency ?? new LogLinearHistogram()).snapshot();
  return {
    startedAt,
    endedAt,
    client,
    target,
    blocks,
    heapLeft,
    slowest,
    sampled,
    latency: merged,
    damagedLines,
  };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 18 });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== "") yield line;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    stream.destroy();
  }
}

function parsedLine(text: string): TimelineLine | null {
  try {
    const line = JSON.parse(text) as TimelineLine;
    return typeof line === "object" && line !== null && typeof line.type === "string" ? line : null;
  } catch {
    return null;
  }
}

function clientSecond(interval: ClientInterval): ClientSecond {
  const perSecond = (count: number): number =>
    interval.durationMs > 0 ? (count * 1000) / interval.durationMs : 0;
  const quantiles = quantilesMs(interval.latency, [0.5, 0.95, 0.99]);
  return {
    at: interval.at,
    durationMs: interval.durationMs,
    elapsedSeconds: interval.elapsedSeconds,
    startedPerSecond: perSecond(interval.started),
    completedPerSecond: perSecond(interval.completed),
    failedPerSecond: perSecond(interval.failed),
    droppedPerSecond: perSecond(interval.droppedIterations),
    inFlight: interval.inFlight,
    activeVus: interval.activeVus,
    p50Ms: quantiles[0] ?? null,
    p95Ms: quantiles[1] ?? null,
    p99Ms: quantiles[2] ?? null,
    maxMs: interval.latency.count === 0 ? null : interval.latency.max / 1000,
    slipP99Ms: quantilesMs(interval.scheduleSlip, [0.99])[0] ?? null,
    generatorUtilization: interval.generatorUtilization,
  };
}

/** The figures of a frame that reports draw. */
export function targetSecond(frame: Frame): TargetSecond {
  return {
    at: frame.at,
    windowMs: frame.windowMs,
    delayP50Ms: frame.eventLoop.delay.p50Ms,
    delayP99Ms: frame.eventLoop.delay.p99Ms,
    delayMaxMs: frame.eventLoop.delay.maxMs,
    utilization: frame.eventLoop.utilization,
    blockedMs: frame.eventLoop.blockedMs,
    activeRequests: frame.http.active,
    rssBytes: frame.memory.rssBytes,
    heapUsedBytes: frame.memory.heapUsedBytes,
    heapFloorBytes: frame.memory.heapFloorBytes,
    gcPauseMs: frame.gc.pauseMs,
    gcMaxPauseMs: frame.gc.maxPauseMs,
    cpuCores: frame.cpu.userCores + frame.cpu.systemCores,
    runQueueMs: frame.cpu.runQueueMs ?? null,
    threadPoolDelayMs: frame.threadPool.delayMs,
    queues: frame.queues,
    pools: frame.pools,
    requests: frame.http.requests,
    routes: frame.http.byRoute.map(({ requests, duration }) => ({ requests, p50Ms: duration.p50Ms })),
    downstream: frame.downstream ?? [],
  };
}

/** Quantiles straight from the sparse buckets: a whole histogram for each second would be 180 KB each. */
function quantilesMs(snapshot: HistogramSnapshot, fractions: readonly number[]): readonly (number | null)[] {
  if (snapshot.count === 0) return fractions.map(() => null);
  const histogram = histogramFromSnapshot(snapshot);
  return fractions.map((fraction) => histogram.quantile(fraction) / 1000);
}

/** What client and agent would have written each second of a generated load. */

import { type DurationSummary, type Frame, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { ClientInterval } from "../../src/engine/engine.js";
import type { TimelineLine } from "../../src/measure/timeline-line.js";
import { type GeneratedLoad, latencyOf, randomNumbers } from "./generated-load.js";

const NOTHING: DurationSummary = {
  count: 0,
  meanMs: null,
  p50Ms: null,
  p90Ms: null,
  p95Ms: null,
  p99Ms: null,
  maxMs: null,
};

/** The lines of `timeline.ndjson`. Without an agent there are neither frames nor blocks. */
export function* generatedLines(load: GeneratedLoad, agent: boolean): Generator<TimelineLine> {
  yield { type: "start", at: load.startedAt };
  const seconds = Math.round((load.endedAt - load.startedAt) / 1000);
  const byEnd = [...load.requests].sort((a, b) => a.endAt - b.endAt);
  const random = randomNumbers(3);
  let next = 0;
  let block = 0;
  for (let second = 1; second <= seconds; second++) {
    const at = load.startedAt + second * 1000;
    const first = next;
    while (next < byEnd.length && (second === seconds || (byEnd[next]?.endAt ?? at) < at)) next++;
    const interval = clientInterval(byEnd.slice(first, next), at, second);
    yield { type: "client", interval };
    if (!agent) continue;
    const from = block;
    while (block < load.blocks.length && (load.blocks[block]?.at ?? at) < at) block++;
    const ended = load.blocks.slice(from, block);
    for (const one of ended) yield { type: "block", block: one };
    yield { type: "frame", frame: frame(interval, ended, second, random) };
  }
  for (const request of slowestOf(load)) yield { type: "slow", request };
  yield { type: "end", at: load.endedAt };
}

/** The 500 slowest, worst first. */
export function slowestOf(load: GeneratedLoad): GeneratedLoad["requests"] {
  return [...load.requests].sort((a, b) => b.endAt - b.intendedAt - (a.endAt - a.intendedAt)).slice(0, 500);
}

export function summaryOf(histogram: LogLinearHistogram): DurationSummary {
  if (histogram.count === 0) return NOTHING;
  const at = (fraction: number): number => histogram.quantile(fraction) / 1000;
  return {
    count: histogram.count,
    meanMs: histogram.mean / 1000,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: histogram.max / 1000,
  };
}

function clientInterval(ended: GeneratedLoad["requests"], at: number, second: number): ClientInterval {
  const slip = new LogLinearHistogram(10);
  slip.record(50, ended.length);
  return {
    at,
    durationMs: 1000,
    elapsedSeconds: second,
    started: ended.length,
    completed: ended.length,
    failed: ended.filter((request) => request.failed).length,
    timedOut: 0,
    droppedIterations: 0,
    activeVus: 12,
    inFlight: ended.length === 0 ? 0 : 3,
    latency: latencyOf(ended),
    scheduleSlip: slip.snapshot(),
    generatorUtilization: 0.2,
  };
}

function frame(
  interval: ClientInterval,
  blocks: GeneratedLoad["blocks"],
  second: number,
  random: () => number,
): Frame {
  const delay = new LogLinearHistogram(7);
  delay.record(300 + 400 * random(), 1000);
  for (const block of blocks) {
    for (let left = block.durationMs; left > 0; left--) delay.record(left * 1000);
  }
  const duration = new LogLinearHistogram(7);
  duration.addSnapshot(interval.latency);
  const blockedMs = blocks.reduce((sum, block) => sum + block.durationMs, 0);
  const heapUsedBytes = 40e6 + 12e6 * ((second % 9) / 9) + second * 2000;
  return {
    schema: "loopscope/frame/1",
    at: interval.at,
    windowMs: 1000,
    sequence: second,
    pid: 4242,
    uptimeSeconds: 2 + second,
    eventLoop: {
      delay: summaryOf(delay),
      delayHistogram: delay.snapshot(),
      utilization: Math.min(1, 0.25 + 0.05 * random() + blockedMs / 1000),
      blocks: blocks.length,
      blockedMs,
    },
    http: {
      active: interval.inFlight,
      requests: interval.completed,
      errors: interval.failed,
      aborted: 0,
      duration: summaryOf(duration),
      durationHistogram: duration.snapshot(),
      byRoute: ["GET /users/:id", "POST /users", "GET /products"].map((name) => ({
        method: name.split(" ")[0] ?? "GET",
        route: name.split(" ")[1] ?? "/",
        requests: Math.round(interval.completed / 3),
        errors: 0,
        duration: summaryOf(duration),
      })),
    },
    memory: {
      rssBytes: 96e6 + second * 3000,
      heapUsedBytes,
      heapTotalBytes: 64e6,
      heapLimitBytes: 2 ** 31,
      externalBytes: 3e6,
      arrayBuffersBytes: 1e5,
      heapFloorBytes: second < 9 ? null : 40e6 + second * 2000,
    },
    gc: {
      collections: second % 9 === 0 ? 4 : 2,
      pauseMs: second % 9 === 0 ? 9 : 2,
      maxPauseMs: second % 9 === 0 ? 7 : 1.2,
      pauseMsByKind: { minor: 2, major: second % 9 === 0 ? 7 : 0 },
    },
    cpu: { userCores: 0.3 + blockedMs / 1500, systemCores: 0.08 },
    threadPool: { delayMs: 0.2 + random() },
    queues: [],
    pools: [
      {
        name: "users-db",
        used: Math.min(20, 4 + (second % 7)),
        idle: Math.max(0, 16 - (second % 7)),
        max: 20,
        pending: second % 7 === 6 ? 3 : 0,
        timeouts: 0,
        wait: { ...NOTHING, count: 10, meanMs: 0.3, p50Ms: 0.1, p90Ms: 0.6, p95Ms: 1.1, p99Ms: 2, maxMs: 4 },
      },
    ],
  };
}

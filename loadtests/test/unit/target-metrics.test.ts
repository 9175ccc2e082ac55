import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, type Frame, LogLinearHistogram } from "@loopscope/agent/catalog";
import { TargetEvidence } from "../../src/cli/target-evidence.js";
import { HeapGrowth } from "../../src/judge/heap-growth.js";
import { TARGET_METRICS } from "../../src/judge/target-metric-catalog.js";
import { TargetMetrics } from "../../src/judge/target-metrics.js";
import type { Aggregation } from "../../src/measure/metric.js";

function summaryOf(valuesMs: readonly number[]): Frame["http"]["duration"] {
  const max = valuesMs.length === 0 ? null : Math.max(...valuesMs);
  const mean =
    valuesMs.length === 0 ? null : valuesMs.reduce((sum, value) => sum + value, 0) / valuesMs.length;
  return { count: valuesMs.length, meanMs: mean, p50Ms: max, p90Ms: max, p95Ms: max, p99Ms: max, maxMs: max };
}

function histogramOf(valuesMs: readonly number[]): Frame["http"]["durationHistogram"] {
  const histogram = new LogLinearHistogram();
  for (const value of valuesMs) histogram.record(value * 1000);
  return histogram.snapshot();
}

interface FrameFigures {
  readonly at: number;
  readonly delaysMs?: readonly number[];
  readonly utilization?: number;
  readonly rssBytes?: number;
  readonly floorBytes?: number | null;
  readonly queueLengths?: Readonly<Record<string, number>>;
  readonly threadPoolDelayMs?: number | null;
}

function frame(figures: FrameFigures): Frame {
  const delays = figures.delaysMs ?? [1];
  const queues = Object.entries(figures.queueLengths ?? {}).map(([name, length]) => ({
    name,
    length,
    capacity: null,
    activeWorkers: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    rejected: 0,
    wait: summaryOf([3]),
    task: summaryOf([]),
  }));
  return {
    schema: "loopscope/frame/1",
    at: figures.at,
    windowMs: 1000,
    sequence: Math.round(figures.at / 1000),
    pid: 1,
    uptimeSeconds: 1,
    eventLoop: {
      delay: summaryOf(delays),
      delayHistogram: histogramOf(delays),
      utilization: figures.utilization ?? 0.5,
      blocks: 0,
      blockedMs: 0,
    },
    http: {
      active: 0,
      requests: 1,
      errors: 0,
      aborted: 0,
      duration: summaryOf([10]),
      durationHistogram: histogramOf([10]),
      byRoute: [],
    },
    memory: {
      rssBytes: figures.rssBytes ?? 100e6,
      heapUsedBytes: 50e6,
      heapTotalBytes: 60e6,
      heapLimitBytes: 4e9,
      externalBytes: 0,
      arrayBuffersBytes: 0,
      heapFloorBytes: figures.floorBytes ?? null,
    },
    gc: { collections: 1, pauseMs: 4, maxPauseMs: 4, pauseMsByKind: { minor: 4 } },
    cpu: { userCores: 0.5, systemCores: 0.25 },
    threadPool: { delayMs: figures.threadPoolDelayMs ?? null },
    queues,
    pools: [],
  };
}

function block(at: number, durationMs: number, more: Partial<Block> = {}): Block {
  return {
    id: `${at}`,
    at,
    durationMs,
    cause: "javascript",
    function: "spin",
    thread: "main",
    ...more,
  } as Block;
}

function aggregateOf(
  metrics: TargetMetrics,
  name: string,
  aggregation: Aggregation,
  tags = {},
): number | undefined {
  return metrics.find(name, tags)?.aggregate(aggregation);
}

const allMetrics = (): TargetMetrics =>
  new TargetMetrics(TARGET_METRICS.map(({ name }) => ({ name, tags: {} })));

test("levels of each second have a mean, a maximum and a latest value", () => {
  const metrics = allMetrics();
  metrics.addFrame(frame({ at: 1000, utilization: 0.2, rssBytes: 3e9 }));
  metrics.addFrame(frame({ at: 2000, utilization: 0.8, rssBytes: 5e9 }));
  assert.equal(aggregateOf(metrics, "target_eventloop_utilization", { method: "avg" }), 0.5);
  assert.equal(aggregateOf(metrics, "target_eventloop_utilization", { method: "max" }), 0.8);
  assert.equal(aggregateOf(metrics, "target_eventloop_utilization", { method: "value" }), 0.8);
  assert.equal(aggregateOf(metrics, "target_rss", { method: "max" }), 5e9);
  assert.equal(aggregateOf(metrics, "target_cpu", { method: "avg" }), 0.75);
  assert.equal(aggregateOf(metrics, "target_gc_pause", { method: "max" }), 4);
});

test("percentiles over the run come from merged histograms, never from the seconds' percentiles", () => {
  const metrics = allMetrics();
  metrics.addFrame(frame({ at: 1000, delaysMs: Array(99).fill(1) }));
  metrics.addFrame(frame({ at: 2000, delaysMs: [500] }));
  const p99 = aggregateOf(metrics, "target_eventloop_delay", { method: "percentile", percent: 99 }) ?? 0;
  assert.ok(Math.abs(p99 - 1) < 0.01, `p99 ${p99}`);
  const max = aggregateOf(metrics, "target_eventloop_delay", { method: "max" });
  assert.equal(max, 500);
});

test("blocks are counted by cause, and none is data as soon as the agent has spoken", () => {
  const metrics = new TargetMetrics([
    { name: "target_blocks", tags: {} },
    { name: "target_blocks", tags: { cause: "json" } },
    { name: "target_blocked_time", tags: {} },
  ]);
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }), undefined);
  metrics.addFrame(frame({ at: 1000 }));
  metrics.addFrame(frame({ at: 2000 }));
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }), 0);
  metrics.addBlock(block(1000, 80));
  metrics.addBlock(block(1200, 120, { cause: "json" }));
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }), 2);
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "rate" }), 1);
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }, { cause: "json" }), 1);
  assert.equal(aggregateOf(metrics, "target_blocked_time", { method: "count" }), 200);
});

test("blocks that the machine caused count only where they are asked for", () => {
  const metrics = new TargetMetrics([
    { name: "target_blocks", tags: {} },
    { name: "target_blocks", tags: { cause: "host" } },
  ]);
  metrics.addFrame(frame({ at: 1000 }));
  metrics.addBlock(block(1000, 80, { cause: "host" }));
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }), 0);
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }, { cause: "host" }), 1);
});

test("worker threads that serve no requests count only where one of them is asked for", () => {
  const metrics = new TargetMetrics([
    { name: "target_blocks", tags: {} },
    { name: "target_blocks", tags: { thread: "worker-3" } },
  ]);
  metrics.addFrame(frame({ at: 1000 }));
  metrics.addBlock(block(1000, 80, { thread: "worker-3", route: null }));
  metrics.addBlock(block(1100, 80, { thread: "worker-4", route: "/users" }));
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }), 1);
  assert.equal(aggregateOf(metrics, "target_blocks", { method: "count" }, { thread: "worker-3" }), 1);
});

test("what the target does not have is no data, not zero", () => {
  const metrics = allMetrics();
  metrics.addFrame(frame({ at: 1000 }));
  for (const name of ["target_queue_length", "target_pool_pending", "target_threadpool_delay"]) {
    assert.equal(aggregateOf(metrics, name, { method: "max" }), undefined, name);
  }
  assert.equal(aggregateOf(metrics, "target_heap_growth", { method: "value" }), undefined);
});

test("queues are added up, or taken by name", () => {
  const metrics = new TargetMetrics([
    { name: "target_queue_length", tags: {} },
    { name: "target_queue_length", tags: { name: "mail" } },
    { name: "target_queue_wait", tags: { name: "mail" } },
  ]);
  metrics.addFrame(frame({ at: 1000, queueLengths: { mail: 3, thumbnails: 4 } }));
  assert.equal(aggregateOf(metrics, "target_queue_length", { method: "max" }), 7);
  assert.equal(aggregateOf(metrics, "target_queue_length", { method: "max" }, { name: "mail" }), 3);
  assert.equal(aggregateOf(metrics, "target_queue_wait", { method: "max" }, { name: "mail" }), 3);
});

test("heap growth is the slope of the floor after warm-up, and needs several major collections", () => {
  const growth = new HeapGrowth();
  growth.record(0, 10e6);
  growth.record(1000, 50e6);
  assert.equal(growth.bytesPerSecond(), null);
  for (let second = 10; second <= 60; second += 5) growth.record(second * 1000, 60e6 + second * 1e5);
  const slope = growth.bytesPerSecond() ?? 0;
  assert.ok(Math.abs(slope - 1e5) < 1, `slope ${slope}`);
});

test("only frames and blocks within the load count, and those after its end wait for the verdict", () => {
  const evidence = new TargetEvidence([{ name: "target_blocks", tags: {} }]);
  evidence.addBlock(block(100, 300));
  evidence.addFrame(frame({ at: 1000, rssBytes: 1 }));
  evidence.startLoad(5000);
  evidence.addFrame(frame({ at: 6000, rssBytes: 2 }));
  evidence.addBlock(block(4900, 200));
  evidence.confirmUntil(6000);
  assert.equal(evidence.blockCount, 1, "a block that begins before the load and reaches into it counts");
  evidence.addBlock(block(7600, 100));
  evidence.addFrame(frame({ at: 9000, rssBytes: 3 }));
  assert.equal(evidence.blockCount, 1, "the load may have ended before it");
  evidence.endLoad(7000);
  assert.equal(evidence.blockCount, 1);
  const record = evidence.toRecord(1, "v20.0.0");
  assert.equal(record?.memory.rssBytes.max, 2);
  assert.equal(record?.startupBlocks.length, 1);
  assert.deepEqual(
    record?.blocks.map((kept) => kept.at),
    [4900],
  );
});

test("waits are told over the whole load: what a quiet last second hides stays", () => {
  const evidence = new TargetEvidence([]);
  evidence.startLoad(0);
  const calls = (count: number, ms: number): NonNullable<Frame["downstream"]>[number] => ({
    kind: "database",
    name: "postgresql db:5432/shop",
    calls: count,
    errors: 1,
    inFlight: count,
    oldestMs: null,
    mostAlike: count,
    duration: summaryOf(Array.from({ length: count }, () => ms)),
  });
  evidence.addFrame({ ...frame({ at: 1000, queueLengths: { mail: 40 } }), downstream: [calls(3, 100)] });
  evidence.addFrame({ ...frame({ at: 2000, queueLengths: { mail: 0 } }), downstream: [calls(1, 20)] });
  evidence.endLoad(2000);
  const record = evidence.toRecord(1, "v20.0.0");
  assert.equal(record?.queues[0]?.length, 40);
  assert.equal(record?.queues[0]?.wait.count, 2);
  const [database] = record?.downstream ?? [];
  assert.equal(database?.calls, 4);
  assert.equal(database?.errors, 2);
  assert.equal(database?.mostAlike, 3);
  assert.equal(database?.duration.meanMs, 80);
  assert.equal(database?.duration.maxMs, 100);
});

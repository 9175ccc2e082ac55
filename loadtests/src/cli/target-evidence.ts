/** Gathers what the agent says while the load runs, and keeps only what falls within the load. */

import type { Block, Frame } from "@loopscope/agent/catalog";
import type { MetricSelector } from "../engine/engine.js";
import { HeapGrowth } from "../judge/heap-growth.js";
import { SampleTrend } from "../judge/sample-trend.js";
import { TargetMetrics } from "../judge/target-metrics.js";
import type { TargetRecord } from "../report/run-document.js";
import { RouteTotals } from "./route-totals.js";
import { WaitTotals } from "./wait-totals.js";

/** Blocks kept for run.json; the shortest go first. */
const MAX_BLOCKS = 1000;
const MAX_STARTUP_BLOCKS = 50;

export class TargetEvidence {
  readonly metrics: TargetMetrics;
  readonly recentBlocks: Block[] = [];
  latestFrame: Frame | null = null;
  blockCount = 0;
  missingFrames = 0;
  #startedAt = Number.POSITIVE_INFINITY;
  #endedAt = Number.POSITIVE_INFINITY;
  /** Frames and blocks later than this wait: the load may have ended before them. Epoch milliseconds. */
  #confirmedUntil = Number.NEGATIVE_INFINITY;
  #pendingFrames: Frame[] = [];
  #pendingBlocks: Block[] = [];
  #blocks: Block[] = [];
  readonly #startupBlocks: Block[] = [];
  #blockedMs = 0;
  readonly #delay = new SampleTrend(1000);
  readonly #utilization = new SampleTrend(1e4);
  readonly #rssBytes = new SampleTrend(1 / 1024);
  readonly #heapUsedBytes = new SampleTrend(1 / 1024);
  readonly #cpuCores = new SampleTrend(1e4);
  readonly #heapGrowth = new HeapGrowth();
  readonly #routes = new RouteTotals();
  #collections = 0;
  #gcPauseMs = 0;
  #gcMaxPauseMs = 0;
  #heapLimitBytes = 0;
  readonly #waits = new WaitTotals();

  constructor(selectors: readonly MetricSelector[]) {
    this.metrics = new TargetMetrics(selectors);
  }

  /** The load's first request is due at `at`, epoch milliseconds. */
  startLoad(at: number): void {
    this.#startedAt = at;
    this.confirmUntil(at);
  }

  /** The load was still running at `at`. */
  confirmUntil(at: number): void {
    this.#confirmedUntil = at;
    this.#settle();
  }

  /** The load ended at `at`: what came later is left out. */
  endLoad(at: number): void {
    this.#endedAt = at;
    this.#confirmedUntil = Number.POSITIVE_INFINITY;
    this.#settle();
  }

  addFrame(frame: Frame): void {
    if (this.latestFrame !== null && frame.pid === this.latestFrame.pid) {
      const gap = frame.sequence - this.latestFrame.sequence - 1;
      if (gap > 0 && this.#startedAt < frame.at) this.missingFrames += gap;
    }
    this.latestFrame = frame;
    this.#pendingFrames.push(frame);
    this.#settle();
  }

  addBlock(block: Block): void {
    this.#pendingBlocks.push(block);
    this.#settle();
  }

  /** Null when not one frame fell within the load. @param pid of the process that tells, for all of its cluster */
  toRecord(pid: number, node: string): TargetRecord | null {
    if (this.#rssBytes.count === 0) return null;
    const level = (trend: SampleTrend): { mean: number; max: number; end: number } => ({
      mean: trend.aggregate({ method: "avg" }) ?? 0,
      max: trend.aggregate({ method: "max" }) ?? 0,
      end: trend.aggregate({ method: "value" }) ?? 0,
    });
    const cpuCores = level(this.#cpuCores);
    return {
      pid,
      node,
      eventLoop: {
        delayMs: {
          mean: this.#delay.aggregate({ method: "avg" }) ?? 0,
          p50: this.#delay.aggregate({ method: "med" }) ?? 0,
          p99: this.#delay.aggregate({ method: "percentile", percent: 99 }) ?? 0,
          max: this.#delay.aggregate({ method: "max" }) ?? 0,
        },
        utilization: this.#utilization.aggregate({ method: "avg" }) ?? 0,
      },
      blocks: withTheTeller(longestBlocks(this.#blocks), pid).toSorted((a, b) => a.at - b.at),
      blockCount: this.blockCount,
      blockedMs: this.#blockedMs,
      startupBlocks: this.#startupBlocks,
      http: { byRoute: this.#routes.toFrames() },
      memory: {
        rssBytes: level(this.#rssBytes),
        heapUsedBytes: level(this.#heapUsedBytes),
        heapLimitBytes: this.#heapLimitBytes,
        heapGrowthBytesPerSecond: this.#heapGrowth.bytesPerSecond(),
      },
      gc: { collections: this.#collections, pauseMs: this.#gcPauseMs, maxPauseMs: this.#gcMaxPauseMs },
      cpuCores: { mean: cpuCores.mean, max: cpuCores.max },
      queues: this.#waits.queues,
      pools: this.#waits.pools,
      downstream: this.#waits.downstream,
    };
  }

  #settle(): void {
    this.#pendingFrames = this.#pendingFrames.filter((frame) => {
      const middle = frame.at - frame.windowMs / 2;
      if (middle > this.#confirmedUntil) return true;
      // A window counts for the load when more than half of it lies within.
      if (middle >= this.#startedAt && middle <= this.#endedAt) this.#countFrame(frame);
      return false;
    });
    this.#pendingBlocks = this.#pendingBlocks.filter((block) => {
      if (block.at > this.#confirmedUntil) return true;
      this.#countBlock(block);
      return false;
    });
  }

  #countFrame(frame: Frame): void {
    this.metrics.addFrame(frame);
    this.#delay.addSnapshot(frame.eventLoop.delayHistogram);
    this.#utilization.record(frame.eventLoop.utilization);
    this.#rssBytes.record(frame.memory.rssBytes);
    this.#heapUsedBytes.record(frame.memory.heapUsedBytes);
    this.#cpuCores.record(frame.cpu.userCores + frame.cpu.systemCores);
    this.#heapGrowth.record(frame.at, frame.memory.heapFloorBytes);
    this.#routes.add(frame.http.byRoute);
    this.#collections += frame.gc.collections;
    this.#gcPauseMs += frame.gc.pauseMs;
    this.#gcMaxPauseMs = Math.max(this.#gcMaxPauseMs, frame.gc.maxPauseMs);
    this.#heapLimitBytes = frame.memory.heapLimitBytes;
    this.#waits.add(frame);
  }

  #countBlock(block: Block): void {
    if (block.at > this.#endedAt) return;
    if (block.at + block.durationMs <= this.#startedAt) {
      if (this.#startupBlocks.length < MAX_STARTUP_BLOCKS) this.#startupBlocks.push(block);
      return;
    }
    this.metrics.addBlock(block);
    this.blockCount += 1;
    this.#blockedMs += block.durationMs;
    this.recentBlocks.push(block);
    if (this.recentBlocks.length > 8) this.recentBlocks.shift();
    this.#blocks.push(block);
    // Sorting at twice the bound makes it rare.
    if (this.#blocks.length > 2 * MAX_BLOCKS) this.#blocks = longestBlocks(this.#blocks);
  }
}

function longestBlocks(blocks: readonly Block[]): Block[] {
  return blocks.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, MAX_BLOCKS);
}

/** A cluster's primary tells of its own blocks without a process until it has heard of its first worker. */
function withTheTeller(blocks: readonly Block[], pid: number): readonly Block[] {
  if (blocks.every((block) => block.pid === undefined)) return blocks;
  return blocks.map((block) => (block.pid === undefined ? { ...block, pid } : block));
}

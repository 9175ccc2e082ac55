/** Gathers the agent's frames and blocks into the `target_` metrics that thresholds ask for. */

import { type Block, type DurationSummary, type Frame, isComputingThread } from "@loopscope/agent/catalog";
import type { MetricSelector } from "../engine/engine.js";
import type { Aggregation, MetricSource, MetricView, Tags } from "../measure/metric.js";
import { HeapGrowth } from "./heap-growth.js";
import { selectorKey } from "./metric-selector.js";
import { SampleTrend } from "./sample-trend.js";
import { TARGET_METRICS, type TargetMetricDefinition } from "./target-metric-catalog.js";

/** One metric, or the part of it that a selector names. */
interface Gauge {
  readonly definition: TargetMetricDefinition;
  addFrame(frame: Frame): void;
  addBlock(block: Block): void;
  /** Whether anything was observed: frames arrived, for counters of blocks. */
  sampleCount(): number;
  aggregate(aggregation: Aggregation, elapsedSeconds: number): number | undefined;
}

export class TargetMetrics implements MetricSource {
  readonly #gauges = new Map<string, Gauge | WindowGauge>();
  #elapsedMs = 0;

  /** @param selectors what thresholds name; only these are gathered. */
  constructor(selectors: readonly MetricSelector[]) {
    for (const selector of selectors) {
      const definition = TARGET_METRICS.find((candidate) => candidate.name === selector.name);
      if (definition !== undefined) {
        const { tags, lastSeconds } = selector;
        const create = (): Gauge => createGauge(definition, tags);
        const gauge = lastSeconds === undefined ? create() : new WindowGauge(create, lastSeconds);
        this.#gauges.set(selectorKey(selector), gauge);
      }
    }
  }

  /** A frame within the load, in the order of time. */
  addFrame(frame: Frame): void {
    this.#elapsedMs += frame.windowMs;
    for (const gauge of this.#gauges.values()) gauge.addFrame(frame);
  }

  /** A block that overlaps the load. */
  addBlock(block: Block): void {
    for (const gauge of this.#gauges.values()) gauge.addBlock(block);
  }

  find(name: string, tags: Tags, lastSeconds?: number): MetricView | undefined {
    const selector = lastSeconds === undefined ? { name, tags } : { name, tags, lastSeconds };
    const kept = this.#gauges.get(selectorKey(selector));
    if (kept === undefined) return undefined;
    const gauge = kept instanceof WindowGauge ? kept.gathered() : kept;
    const elapsedSeconds = Math.min(this.#elapsedMs / 1000, lastSeconds ?? Number.POSITIVE_INFINITY);
    return {
      name,
      type: gauge.definition.type,
      contents: gauge.definition.contents,
      sampleCount: gauge.sampleCount(),
      aggregate: (aggregation) => gauge.aggregate(aggregation, elapsedSeconds),
    };
  }
}

/** The latest seconds of a gauge: what they brought is kept, and gathered anew when it is asked for. */
class WindowGauge {
  readonly #create: () => Gauge;
  readonly #windowMs: number;
  #frames: Frame[] = [];
  #blocks: Block[] = [];

  constructor(create: () => Gauge, seconds: number) {
    this.#create = create;
    this.#windowMs = seconds * 1000;
  }

  addFrame(frame: Frame): void {
    this.#frames.push(frame);
    const from = frame.at - this.#windowMs;
    this.#frames = this.#frames.filter(({ at }) => at > from);
    this.#blocks = this.#blocks.filter((block) => block.at + block.durationMs > from);
  }

  addBlock(block: Block): void {
    this.#blocks.push(block);
  }

  gathered(): Gauge {
    const gauge = this.#create();
    for (const frame of this.#frames) gauge.addFrame(frame);
    for (const block of this.#blocks) gauge.addBlock(block);
    return gauge;
  }
}

function createGauge(definition: TargetMetricDefinition, tags: Tags): Gauge {
  switch (definition.name) {
    case "target_blocks":
      return blockCounter(definition, tags, () => 1);
    case "target_blocked_time":
      return blockCounter(definition, tags, (block) => block.durationMs);
    case "target_heap_growth":
      return heapGrowthGauge(definition);
    default:
      return frameTrend(definition, tags);
  }
}

function blockCounter(
  definition: TargetMetricDefinition,
  tags: Tags,
  amount: (block: Block) => number,
): Gauge {
  let frames = 0;
  let total = 0;
  return {
    definition,
    addFrame: () => {
      frames += 1;
    },
    addBlock: (block) => {
      if (blockMatches(block, tags)) total += amount(block);
    },
    // No block is data as soon as the agent has spoken; silence of the agent is not.
    sampleCount: () => frames,
    aggregate: ({ method }, elapsedSeconds) => {
      if (frames === 0 && total === 0) return undefined;
      if (method === "count") return total;
      return method === "rate" && elapsedSeconds > 0 ? total / elapsedSeconds : undefined;
    },
  };
}

/**
 * A block that the machine caused is not the service's fault, and a worker thread that computes holds up no
 * event loop that serves requests: both count only where they are asked for.
 */
export function isServicesOwnBlock(block: Block): boolean {
  return block.cause !== "host" && !isComputingThread(block);
}

function blockMatches(block: Block, tags: Tags): boolean {
  if (block.cause === "host" && tags.cause !== "host") return false;
  if (isComputingThread(block) && tags.thread === undefined) return false;
  const values: Readonly<Record<string, string | null>> = {
    cause: block.cause,
    route: block.route,
    method: block.method,
    function: block.function,
    thread: block.thread,
  };
  return Object.entries(tags).every(([tag, value]) => values[tag] === value);
}

function heapGrowthGauge(definition: TargetMetricDefinition): Gauge {
  const growth = new HeapGrowth();
  return {
    definition,
    addFrame: (frame) => growth.record(frame.at, frame.memory.heapFloorBytes),
    addBlock: () => undefined,
    sampleCount: () => (growth.bytesPerSecond() === null ? 0 : 1),
    aggregate: ({ method }) => (method === "value" ? (growth.bytesPerSecond() ?? undefined) : undefined),
  };
}

function frameTrend(definition: TargetMetricDefinition, tags: Tags): Gauge {
  // Microseconds for times, KiB for bytes (the histogram ends at 2^31), ten-thousandths for the rest.
  const stepsPerUnit = { time: 1000, data: 1 / 1024, default: 1e4 }[definition.contents];
  const trend = new SampleTrend(stepsPerUnit);
  const observe = FRAME_OBSERVERS[definition.name];
  return {
    definition,
    addFrame: (frame) => observe?.(frame, trend, tags),
    addBlock: () => undefined,
    sampleCount: () => trend.count,
    aggregate: (aggregation) => trend.aggregate(aggregation),
  };
}

const FRAME_OBSERVERS: Readonly<Record<string, (frame: Frame, trend: SampleTrend, tags: Tags) => void>> = {
  target_eventloop_delay: (frame, trend) => trend.addSnapshot(frame.eventLoop.delayHistogram),
  target_eventloop_utilization: (frame, trend) => trend.record(frame.eventLoop.utilization),
  target_http_duration: (frame, trend) => trend.addSnapshot(frame.http.durationHistogram),
  target_rss: (frame, trend) => trend.record(frame.memory.rssBytes),
  target_heap_used: (frame, trend) => trend.record(frame.memory.heapUsedBytes),
  target_gc_pause: (frame, trend) => trend.record(frame.gc.maxPauseMs),
  target_cpu: (frame, trend) => trend.record(frame.cpu.userCores + frame.cpu.systemCores),
  target_queue_length: (frame, trend, tags) => {
    const queues = named(frame.queues, tags);
    if (queues.length > 0) trend.record(queues.reduce((sum, queue) => sum + queue.length, 0));
  },
  target_queue_wait: (frame, trend, tags) => {
    for (const queue of named(frame.queues, tags)) {
      if (queue.waitHistogram === undefined) recordSummary(trend, queue.wait);
      else trend.addSnapshot(queue.waitHistogram);
    }
  },
  target_pool_pending: (frame, trend, tags) => {
    const pools = named(frame.pools, tags);
    if (pools.length > 0) trend.record(pools.reduce((sum, pool) => sum + pool.pending, 0));
  },
  target_threadpool_delay: (frame, trend) => {
    if (frame.threadPool.delayMs !== null) trend.record(frame.threadPool.delayMs);
  },
};

function named<T extends { readonly name: string }>(items: readonly T[], tags: Tags): readonly T[] {
  return tags.name === undefined ? items : items.filter((item) => item.name === tags.name);
}

/**
 * Of an older agent, that sends no histogram. Percentiles cannot be merged; read as a staircase from above
 * they bound the merged ones from above.
 */
function recordSummary(trend: SampleTrend, summary: DurationSummary): void {
  const { count, p50Ms, p90Ms, p95Ms, p99Ms, maxMs } = summary;
  if (count === 0 || maxMs === null) return;
  const steps: readonly (readonly [number, number | null])[] = [
    [0.5, p50Ms],
    [0.4, p90Ms],
    [0.05, p95Ms],
    [0.04, p99Ms],
    [0.01, maxMs],
  ];
  for (const [share, valueMs] of steps) trend.record(valueMs ?? maxMs, share * count);
}

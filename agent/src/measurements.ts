/** Composes the probes of the application's thread: starts them, makes one frame a second, answers the endpoint. */

import type { Block } from "./catalog/block";
import type { Frame } from "./catalog/frame";
import { HTTP_METRICS } from "./catalog/http-metrics";
import { epochMs, monotonicMs } from "./clock";
import type { AgentConfig } from "./config/agent-config";
import type { EventLoopDelayRecorder } from "./eventloop/event-loop-delay";
import { agentFamilies } from "./export/agent-families";
import { collectMetrics } from "./export/collect-metrics";
import type { MainAnswer, MainRequest } from "./export/main-request";
import { createOnDemand } from "./export/on-demand-profile";
import type { Guard } from "./guard";
import { summarizeDurations } from "./quantiles/duration-summary";
import type { MetricFamily } from "./quantiles/metric-samples";
import { SlidingHistogram } from "./quantiles/sliding-histogram";
import { watchFastify } from "./request/fastify-route";
import { type HttpServerProbe, startHttpServerProbe } from "./request/http-server-probe";
import { RouteStatistics } from "./request/route-statistics";
import { createBlockStatistics } from "./runtime/block-statistics";
import { createCpuProbe } from "./runtime/cpu-probe";
import { eventLoopDelayFamilies } from "./runtime/event-loop-delay-families";
import { createEventLoopUtilizationProbe } from "./runtime/event-loop-utilization-probe";
import { type GarbageCollectionProbe, startGarbageCollectionProbe } from "./runtime/garbage-collection-probe";
import { memoryFamilies, readMemory } from "./runtime/memory-probe";
import { processFactFamilies } from "./runtime/process-facts";
import { createThreadPoolDelays } from "./runtime/thread-pool-delays";
import { startThreadPoolProbe } from "./runtime/thread-pool-probe";

/** One frame a second. A late timer makes a longer window; nothing is lost. */
const FRAME_INTERVAL_MS = 1000;
/** Routes listed in a frame, busiest first. */
const MAX_FRAME_ROUTES = 20;
const FRAME_PART = "frames";

export interface MeasurementParts {
  readonly config: AgentConfig;
  readonly guard: Guard;
  readonly eventLoopDelay: EventLoopDelayRecorder;
}

export interface Measurements {
  start(): void;
  stop(): void;
  recordBlock(block: Block): void;
  /** The last frame that was made; one of the time since start when there is none yet. */
  latestFrame(): Frame;
  /** @returns a function that ends the subscription. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /** Never rejects: what went wrong is a `refused` answer. */
  answer(request: MainRequest): Promise<MainAnswer>;
}

export function createMeasurements({ config, guard, eventLoopDelay }: MeasurementParts): Measurements {
  const routes = new RouteStatistics(config.maxRoutes, () => guard.drop("routes"));
  const blocks = createBlockStatistics(config.maxBlockers, () => guard.drop("blockers"));
  const delays = new SlidingHistogram();
  const utilization = createEventLoopUtilizationProbe();
  const cpu = createCpuProbe();
  const threadPool = createThreadPoolDelays();
  const onDemand = createOnDemand();
  const listeners = new Set<(frame: Frame) => void>();
  const cleanups: (() => void)[] = [];
  let http: HttpServerProbe | null = null;
  let gc: GarbageCollectionProbe | null = null;
  let heapFloorBytes: number | null = null;
  let latest: Frame | null = null;
  let lastAtMs = monotonicMs();
  let sequence = 0;

  function makeFrame(): Frame {
    const nowMs = monotonicMs();
    const windowMs = nowMs - lastAtMs;
    lastAtMs = nowMs;
    http?.sweep();
    const delayWindow = eventLoopDelay.takeWindow();
    delays.add(delayWindow);
    delays.turn();
    const requests = routes.takeWindow(MAX_FRAME_ROUTES);
    return {
      schema: "loopscope/frame/1",
      at: epochMs(),
      windowMs,
      sequence: sequence++,
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      eventLoop: {
        delay: summarizeDurations(delayWindow),
        delayHistogram: delayWindow.snapshot(),
        utilization: utilization.takeWindow(),
        ...blocks.takeWindow(),
      },
      http: {
        active: sum(http?.activeByMethod.values() ?? []),
        requests: requests.requests,
        errors: requests.errors,
        aborted: requests.aborted,
        duration: summarizeDurations(requests.durations),
        durationHistogram: requests.durations.snapshot(),
        byRoute: requests.byRoute,
      },
      memory: { ...readMemory(), heapFloorBytes },
      gc: gc?.takeWindow() ?? { collections: 0, pauseMs: 0, maxPauseMs: 0, pauseMsByKind: {} },
      cpu: cpu.takeWindow(windowMs),
      threadPool: { delayMs: threadPool.takeWindow() },
      queues: [],
      pools: [],
    };
  }

  const beat = guard.wrap(FRAME_PART, () => {
    latest = makeFrame();
    for (const listener of listeners) listener(latest);
  });

  function families(): readonly MetricFamily[] {
    return [
      ...eventLoopDelayFamilies(delays, eventLoopDelay.cumulative),
      ...utilization.families,
      ...blocks.families,
      ...routes.families(),
      {
        definition: HTTP_METRICS.serverActiveRequests,
        collect: () =>
          [...(http?.activeByMethod ?? [])].map(([method, value]) => ({ labels: [method], value })),
      },
      ...(gc?.families ?? []),
      ...memoryFamilies(),
      ...cpu.families,
      ...threadPool.families,
      ...processFactFamilies(),
      ...agentFamilies(config, guard),
    ];
  }

  async function answer(request: MainRequest): Promise<MainAnswer> {
    switch (request.type) {
      case "metrics":
        return { type: "metrics", metrics: await collectMetrics(families(), guard) };
      case "snapshot":
        return { type: "snapshot", frame: latest ?? makeFrame() };
      case "profile":
        return onDemand.profile(request.seconds);
      case "heapsnapshot":
        return onDemand.heapSnapshot();
      case "thread-pool-delays":
        for (const delayMs of request.delaysMs) threadPool.record(delayMs);
        return { type: "noted" };
    }
  }

  return {
    start: () => {
      lastAtMs = monotonicMs();
      cleanups.push(watchFastify(guard), startThreadPoolProbe(threadPool.record));
      http = guard.run("http-server-probe", () => startHttpServerProbe(guard, routes)) ?? null;
      gc =
        guard.run("garbage-collection-probe", () =>
          startGarbageCollectionProbe(guard, (bytes) => {
            heapFloorBytes = bytes;
          }),
        ) ?? null;
      const timer = setInterval(beat, FRAME_INTERVAL_MS);
      timer.unref();
      cleanups.push(() => clearInterval(timer));
    },
    stop: () => {
      for (const cleanup of cleanups.splice(0)) cleanup();
      http?.stop();
      gc?.stop();
      onDemand.stop();
      listeners.clear();
    },
    recordBlock: guard.wrap("blocks", (block: Block) => blocks.record(block)),
    latestFrame: () => latest ?? makeFrame(),
    onFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answer: (request) =>
      answer(request).catch((error: unknown) => {
        guard.fail("answers", error);
        return { type: "refused", reason: "failed", sentence: String(error) };
      }),
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

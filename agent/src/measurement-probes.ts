/** Every probe of the application's thread, and what they say together: one frame, or all metrics. */

import { AGENT_METRICS } from "./catalog/agent-metrics";
import type { Block } from "./catalog/block";
import type { Frame } from "./catalog/frame";
import { HTTP_METRICS } from "./catalog/http-metrics";
import { epochMs, monotonicMs } from "./clock";
import type { AgentConfig } from "./config/agent-config";
import { createDownstreamCalls, type DownstreamCalls } from "./downstream/downstream-calls";
import { askForDependency } from "./es-module-libraries";
import type { EventLoopDelayRecorder } from "./eventloop/event-loop-delay";
import { agentFamilies } from "./export/agent-families";
import type { ApplicationRegistries } from "./export/application-registry";
import { collectMetrics } from "./export/collect-metrics";
import type { GarbageCollections } from "./garbage-collections";
import type { Guard } from "./guard";
import { watchModules } from "./module-hooks";
import { summarizeDurations } from "./quantiles/duration-summary";
import { HistogramSeries } from "./quantiles/labelled-series";
import type { MetricFamily, MetricSamples } from "./quantiles/metric-samples";
import { SlidingHistogram } from "./quantiles/sliding-histogram";
import { type ClientStatistics, createClientStatistics } from "./request/client-statistics";
import { watchFastify } from "./request/fastify-route";
import { watchHono } from "./request/hono-route";
import { startHttpClientProbe } from "./request/http-client-probe";
import { type HttpServerProbe, startHttpServerProbe } from "./request/http-server-probe";
import type { HeldUp } from "./request/in-flight-requests";
import { koaPackage } from "./request/koa-route";
import type { RequestContextTracker } from "./request/request-context";
import { RouteStatistics } from "./request/route-statistics";
import { startUndiciClientProbe } from "./request/undici-client-probe";
import { type BlockStatistics, createBlockStatistics } from "./runtime/block-statistics";
import { containerFamilies } from "./runtime/container-limits";
import { type CpuProbe, createCpuProbe } from "./runtime/cpu-probe";
import { eventLoopDelayFamilies } from "./runtime/event-loop-delay-families";
import {
  createEventLoopUtilizationProbe,
  type EventLoopUtilizationProbe,
} from "./runtime/event-loop-utilization-probe";
import { type GarbageCollectionProbe, startGarbageCollectionProbe } from "./runtime/garbage-collection-probe";
import { HeapFloors } from "./runtime/heap-growth";
import { memoryFamilies, readMemory } from "./runtime/memory-probe";
import { processFactFamilies } from "./runtime/process-facts";
import { processResourceFamilies } from "./runtime/process-resources";
import { createThreadPoolDelays, type ThreadPoolDelays } from "./runtime/thread-pool-delays";
import type { ThreadVitalsReader } from "./thread-vitals";
import { type CircuitRegistry, createCircuitRegistry } from "./work/circuit-registry";
import { libraryHooks } from "./work/library-hooks";
import { createWebSocketStatistics, type WebSocketStatistics } from "./work/websocket-statistics";
import { createWorkRegistry, type WorkRegistry } from "./work/work-registry";

/** Routes listed in a frame, busiest first. */
const MAX_FRAME_ROUTES = 20;

export interface MeasurementParts {
  readonly config: AgentConfig;
  readonly guard: Guard;
  readonly eventLoopDelay: EventLoopDelayRecorder;
  /** Started and stopped elsewhere. */
  readonly collections: GarbageCollections;
  /** Started and stopped elsewhere. */
  readonly requests: RequestContextTracker;
  /** Written by the agent's thread. */
  readonly vitals: ThreadVitalsReader;
}

export class MeasurementProbes {
  readonly work: WorkRegistry;
  #registries: ApplicationRegistries | null = null;
  readonly #threadPool: ThreadPoolDelays;
  readonly #parts: MeasurementParts;
  readonly #routes: RouteStatistics;
  readonly #downstream: DownstreamCalls;
  readonly #circuits: CircuitRegistry;
  readonly #webSockets: WebSocketStatistics;
  readonly #clients: ClientStatistics;
  readonly #blocks: BlockStatistics;
  readonly #delays = new SlidingHistogram();
  readonly #utilization: EventLoopUtilizationProbe = createEventLoopUtilizationProbe();
  readonly #cpu: CpuProbe = createCpuProbe();
  readonly #heapFloors = new HeapFloors();
  readonly #rendering = new HistogramSeries(AGENT_METRICS.renderDuration, 1, () => undefined);
  readonly #cleanups: (() => void)[] = [];
  #http: HttpServerProbe | null = null;
  #gc: GarbageCollectionProbe | null = null;
  #lastFrameAtMs = monotonicMs();
  #sequence = 0;

  constructor(parts: MeasurementParts) {
    const { config, guard } = parts;
    this.#parts = parts;
    this.work = createWorkRegistry(guard);
    this.#circuits = createCircuitRegistry(guard);
    this.#webSockets = createWebSocketStatistics(guard);
    this.#threadPool = createThreadPoolDelays(parts.vitals.takePoolWaits);
    this.#routes = new RouteStatistics(
      config.maxRoutes,
      () => guard.drop("routes"),
      withObjectives(HTTP_METRICS.serverRequestDuration.buckets, config.latencyObjectivesMs),
    );
    this.#downstream = createDownstreamCalls(guard);
    this.#clients = createClientStatistics(guard, config.maxRoutes, this.#downstream);
    this.#blocks = createBlockStatistics(config.maxBlockers, () => guard.drop("blockers"));
  }

  start(): void {
    const { config, guard, collections, requests } = this.#parts;
    this.#lastFrameAtMs = monotonicMs();
    const libraries = libraryHooks({
      guard,
      work: this.work,
      circuits: this.#circuits,
      webSockets: this.#webSockets,
      downstream: this.#downstream,
    });
    const hooks = [
      koaPackage(guard),
      ...(config.instrumentLibraries ? libraries : []),
      ...(config.mergeIntoRegistry ? this.registries.hooks() : []),
    ];
    this.#cleanups.push(
      watchModules(hooks, guard),
      config.instrumentLibraries ? askForDependency("p-queue", guard) : () => undefined,
      watchFastify(guard),
      watchHono(guard),
      startHttpClientProbe(guard, this.#clients),
      startUndiciClientProbe(guard, this.#clients),
    );
    guard.run("http-server-probe", () => {
      this.#http = startHttpServerProbe(guard, this.#routes, requests);
    });
    guard.run("garbage-collection-probe", () => {
      this.#gc = startGarbageCollectionProbe(guard, collections, (heapUsedBytes) => {
        this.#heapFloors.add({ atSeconds: monotonicMs() / 1000, bytes: heapUsedBytes });
      });
    });
  }

  stop(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#registries?.stop();
    this.#http?.stop();
  }

  /** Loaded by whoever puts the metrics into a registry of its own: most do not. */
  get registries(): ApplicationRegistries {
    if (this.#registries === null) {
      const { ApplicationRegistries } =
        require("./export/application-registry") as typeof import("./export/application-registry");
      this.#registries = new ApplicationRegistries(() => this.collect(false));
    }
    return this.#registries;
  }

  recordBlock(block: Block): void {
    this.#blocks.record(block);
  }

  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp | null {
    return this.#http?.holdUp(startMs, endMs, culprit) ?? null;
  }

  /** Ends the window that the last call began. */
  takeFrame(): Frame {
    const nowMs = monotonicMs();
    const windowMs = nowMs - this.#lastFrameAtMs;
    this.#lastFrameAtMs = nowMs;
    // First: it learns of the latest collections, and the memory's floor is read off them.
    const gc = this.#gc?.takeWindow() ?? { collections: 0, pauseMs: 0, maxPauseMs: 0, pauseMsByKind: {} };
    return {
      schema: "loopscope/frame/1",
      at: epochMs(),
      windowMs,
      sequence: this.#sequence++,
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      eventLoop: this.#takeEventLoop(),
      http: this.#takeHttp(),
      memory: { ...readMemory(), heapFloorBytes: this.#heapFloors.latestBytes },
      gc,
      cpu: this.#cpu.takeWindow(windowMs),
      threadPool: { delayMs: this.#threadPool.takeWindow() },
      queues: this.work.takeQueueFrames(),
      pools: this.work.takePoolFrames(),
      downstream: this.#downstream.takeFrames(),
    };
  }

  /** All metrics, read in slices. */
  collect(distributions: boolean): Promise<readonly MetricSamples[]> {
    return collectMetrics(this.#families(), this.#parts.guard, {
      distributions,
      onCollected: (heldMs) => this.#rendering.record([], heldMs / 1000),
    });
  }

  #families(): readonly MetricFamily[] {
    const { config, guard, eventLoopDelay, vitals } = this.#parts;
    return [
      ...eventLoopDelayFamilies(this.#delays, eventLoopDelay.cumulative),
      ...this.#utilization.families,
      ...this.#blocks.families,
      ...this.#routes.families(),
      {
        definition: HTTP_METRICS.serverActiveRequests,
        collect: () =>
          [...(this.#http?.activity ?? [])].map(({ method, active }) => ({
            labels: [method],
            value: active,
          })),
      },
      ...this.#clients.families,
      ...(this.#gc?.families ?? []),
      ...memoryFamilies(this.#heapFloors),
      ...containerFamilies(),
      ...processResourceFamilies(),
      ...this.#cpu.families,
      ...this.#threadPool.families,
      ...this.work.families,
      ...this.#circuits.families,
      ...this.#webSockets.families,
      ...this.#downstream.families,
      ...processFactFamilies(),
      this.#rendering,
      ...agentFamilies(config, guard, vitals.cost),
    ];
  }

  #takeEventLoop(): Frame["eventLoop"] {
    const delay = this.#parts.eventLoopDelay.takeWindow();
    const delayHistogram = delay.snapshot();
    this.#delays.addSnapshot(delayHistogram);
    this.#delays.turn();
    return {
      delay: summarizeDurations(delay),
      delayHistogram,
      utilization: this.#utilization.takeWindow(),
      ...this.#blocks.takeWindow(),
    };
  }

  #takeHttp(): Frame["http"] {
    let active = 0;
    for (const { active: ofMethod } of this.#http?.activity ?? []) active += ofMethod;
    return { active, ...this.#routes.takeWindow(MAX_FRAME_ROUTES) };
  }
}

/** In ascending order, each once; bounds are seconds. */
function withObjectives(bounds: readonly number[], objectivesMs: readonly number[]): readonly number[] {
  return [...new Set([...bounds, ...objectivesMs.map((ms) => ms / 1000)])].sort((a, b) => a - b);
}

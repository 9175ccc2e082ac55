/** A closed-loop load on URLs, ready to run: its threads, and their figures put together. */

import { Worker } from "node:worker_threads";
import { LogLinearHistogram } from "@loopscope/agent/catalog";
import { epochMs } from "../../clock.js";
import { LoopscopeError } from "../../loopscope-error.js";
import { mergedHistogram } from "../../measure/merged-histogram.js";
import type {
  AbortReason,
  EngineListener,
  EngineResult,
  PreparedLoad,
  ThresholdDeclaration,
} from "../engine.js";
import { autocannonResult, type BenchSecond } from "./autocannon-result.js";
import type { BenchRequestMessage, BenchThreadMessage } from "./bench-message.js";
import { addCounts, BENCH_METRICS, BenchMetrics } from "./bench-metrics.js";
import type { BenchOptions } from "./bench-options.js";
import { type BenchCounts, type BenchTotals, bySlowness, emptyCounts } from "./bench-recorder.js";
import { mergeNames, shares } from "./bench-shares.js";

const TREND_STATS: readonly string[] = ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"];
const MAX_SLOW = 500;
/** Seconds kept for autocannon's distribution over them: a day. */
const MAX_SECONDS = 86_400;

/** A load that can also say its result as autocannon would. */
export interface PreparedBench extends PreparedLoad {
  /** autocannon's JSON of the run that ended last. */
  autocannonResult(result: EngineResult): Readonly<Record<string, unknown>>;
}

export function prepareBench(
  options: BenchOptions,
  thresholds: readonly ThresholdDeclaration[],
): PreparedBench {
  let latest: BenchRun | undefined;
  const { host } = new URL(options.url);
  const seconds = options.durationMs === null ? null : (options.durationMs + options.warmupMs) / 1000;
  const bound = options.amount === null ? `for ${seconds} s` : `for ${options.amount} requests`;
  return {
    name: `bench-${host.replace(/[^\w.-]/g, "-")}`,
    model: "closed",
    plannedSeconds: options.durationMs === null ? null : options.durationMs / 1000,
    thresholds,
    declaredMetrics: BENCH_METRICS,
    summaryTrendStats: TREND_STATS,
    scenarioLines: [
      `${options.method} ${options.url}: ${options.connections} connections, ` +
        `${options.pipelining} in flight on each, ${options.workers} threads, ${bound}`,
    ],
    run: (listener, _selectors, signal) => {
      latest = new BenchRun(options, listener, signal);
      return latest.run();
    },
    autocannonResult: (result) =>
      autocannonResult(options, result, latest?.counts ?? emptyCounts(), latest?.seconds ?? []),
  };
}

interface ThreadEnd {
  readonly totals: BenchTotals;
  readonly endedAt: number;
}

interface SendingThread {
  readonly ready: Promise<unknown>;
  readonly end: Promise<ThreadEnd>;
}

/** One run of all threads. */
class BenchRun {
  readonly #options: BenchOptions;
  readonly #listener: EngineListener;
  readonly #signal: AbortSignal;
  readonly #metrics: BenchMetrics;
  readonly #workers: Worker[] = [];
  readonly #latestIntervals = new Map<Worker, Extract<BenchThreadMessage, { type: "interval" }>>();
  readonly seconds: BenchSecond[] = [];
  #startedAt = 0;

  constructor(options: BenchOptions, listener: EngineListener, signal: AbortSignal) {
    this.#options = options;
    this.#listener = listener;
    this.#signal = signal;
    this.#metrics = new BenchMetrics(options.connections);
  }

  get counts(): Readonly<BenchCounts> {
    return this.#metrics.counts;
  }

  async run(): Promise<EngineResult> {
    const stop = (): void => this.#tellAll({ type: "stop" });
    this.#signal.addEventListener("abort", stop);
    try {
      const threads = shares(this.#options).map((share) => this.#startThread(share));
      await Promise.all(threads.map((thread) => thread.ready));
      this.#tellAll({ type: "begin" });
      if (this.#signal.aborted) stop();
      const ends = await Promise.all(threads.map((thread) => thread.end));
      return this.#result(ends);
    } finally {
      this.#signal.removeEventListener("abort", stop);
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  #startThread(share: BenchOptions): SendingThread {
    const worker = new Worker(new URL("./bench-worker.js", import.meta.url), {
      workerData: share,
      execArgv: [],
    });
    this.#workers.push(worker);
    let becomeReady: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => {
      becomeReady = resolve;
    });
    const end = new Promise<ThreadEnd>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("a sending thread ended before its load")));
      worker.on("message", (message: BenchThreadMessage) => {
        if (message.type === "ready") becomeReady();
        if (message.type === "start") this.#onStart(message.at);
        if (message.type === "interval") this.#onInterval(worker, message);
        if (message.type === "end") resolve(message);
        if (message.type === "error") reject(new LoopscopeError("INVALID_OPTION", `${message.message}.`));
      });
    });
    // Whoever waits for readiness must hear of a thread that never gets there.
    return { ready: Promise.race([ready, end]), end };
  }

  #tellAll(message: BenchRequestMessage): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  #onStart(at: number): void {
    if (this.#startedAt !== 0) return;
    this.#startedAt = at;
    this.#listener.onLoadStart(at, this.#metrics);
  }

  /** Threads report each second at nearly the same moment: one interval is made of one report of each. */
  #onInterval(worker: Worker, message: Extract<BenchThreadMessage, { type: "interval" }>): void {
    this.#metrics.add(message.measurement, (message.at - this.#startedAt) / 1000);
    if (this.#latestIntervals.has(worker)) this.#flushInterval();
    this.#latestIntervals.set(worker, message);
    if (this.#latestIntervals.size === this.#workers.length) this.#flushInterval();
  }

  #flushInterval(): void {
    const parts = [...this.#latestIntervals.values()];
    this.#latestIntervals.clear();
    if (parts.length === 0) return;
    const counts = emptyCounts();
    for (const part of parts) addCounts(counts, part.measurement.counts);
    const at = Math.max(...parts.map((part) => part.at));
    if (this.seconds.length < MAX_SECONDS) {
      this.seconds.push({ requests: counts.completed, bytes: counts.bytesReceived });
    }
    this.#listener.onInterval({
      at,
      durationMs: Math.max(...parts.map((part) => part.durationMs)),
      elapsedSeconds: (at - this.#startedAt) / 1000,
      started: counts.started,
      completed: counts.completed,
      failed: counts.failed,
      timedOut: counts.timedOut,
      droppedIterations: 0,
      activeVus: this.#options.connections,
      inFlight: parts.reduce((sum, part) => sum + part.measurement.inFlight, 0),
      latency: mergedHistogram(parts.map((part) => part.measurement.latency)),
      scheduleSlip: new LogLinearHistogram(10).snapshot(),
      generatorUtilization: Math.max(...parts.map((part) => part.utilization)),
    });
  }

  #result(ends: readonly ThreadEnd[]): EngineResult {
    this.#flushInterval();
    const endedAt = ends.length === 0 ? epochMs() : Math.max(...ends.map((end) => end.endedAt));
    const startedAt = this.#startedAt === 0 ? endedAt : this.#startedAt;
    const counts = emptyCounts();
    for (const { totals } of ends) addCounts(counts, totals.counts);
    const latency = mergedHistogram(ends.map(({ totals }) => totals.latency));
    const seconds = (endedAt - startedAt) / 1000;
    this.#metrics.finish(latency, counts, seconds);
    const areaMs = ends.reduce((sum, { totals }) => sum + totals.inFlightAreaMs, 0);
    return {
      outcome: this.#signal.aborted
        ? { kind: "aborted", reason: this.#signal.reason as AbortReason }
        : { kind: "completed" },
      startedAt,
      endedAt,
      requests: {
        started: counts.started,
        completed: counts.completed,
        failed: counts.failed,
        timedOut: counts.timedOut,
        dropped: 0,
        unfinished: counts.unfinished,
      },
      latency,
      serviceTime: latency,
      scheduleSlip: new LogLinearHistogram(10).snapshot(),
      byName: mergeNames(ends.flatMap(({ totals }) => totals.byName)),
      checks: [],
      metrics: this.#metrics.results(TREND_STATS),
      source: this.#metrics,
      slowest: ends
        .flatMap(({ totals }) => totals.slowest)
        .sort(bySlowness)
        .slice(0, MAX_SLOW),
      meanInFlight: seconds > 0 ? areaMs / 1000 / seconds : 0,
      customSummary: null,
    };
  }
}

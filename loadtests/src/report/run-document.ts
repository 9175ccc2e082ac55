/** `run.json`, schema `loopscope/run/1`: the record of a run that every report, comparison and CI reads. */

import type { Block, DownstreamFrame, PoolFrame, QueueFrame, RouteFrame } from "@loopscope/agent/catalog";
import type { CheckResult, MetricResult, RequestError } from "../engine/engine.js";

export interface LatencySummaryMs {
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface ThresholdResult {
  readonly metric: string;
  readonly expression: string;
  /** Null: there was no data. */
  readonly actual: number | null;
  readonly ok: boolean;
  readonly abortOnFail: boolean;
  /** Why it failed without a figure (`no data`), or null. */
  readonly note: string | null;
}

export interface Finding {
  readonly id: string;
  readonly cause: string;
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  readonly evidence: readonly string[];
  readonly location: {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  } | null;
  readonly route: string | null;
  /** Share of the slow requests that this explains, 0..1. */
  readonly explainedSlowRequests: number;
  readonly remedy: string;
}

export interface TargetRecord {
  readonly pid: number;
  readonly node: string;
  readonly eventLoop: {
    readonly delayMs: {
      readonly mean: number;
      readonly p50: number;
      readonly p99: number;
      readonly max: number;
    };
    readonly utilization: number;
  };
  /** Blocks within the load, at most 1000, longest kept. */
  readonly blocks: readonly Block[];
  readonly blockCount: number;
  readonly blockedMs: number;
  /** Blocks before the first request: module loading, most often. */
  readonly startupBlocks: readonly Block[];
  readonly http: { readonly byRoute: readonly RouteFrame[] };
  readonly memory: {
    readonly rssBytes: { readonly mean: number; readonly max: number; readonly end: number };
    readonly heapUsedBytes: { readonly mean: number; readonly max: number; readonly end: number };
    readonly heapLimitBytes: number;
    /** Bytes per second by the heap floor after major collections; null: not enough of them. */
    readonly heapGrowthBytesPerSecond: number | null;
  };
  readonly gc: { readonly collections: number; readonly pauseMs: number; readonly maxPauseMs: number };
  readonly cpuCores: { readonly mean: number; readonly max: number };
  /** Over the load: lengths and workers at their highest, counts added, percentiles of the worst second. */
  readonly queues: readonly QueueFrame[];
  /** Likewise. */
  readonly pools: readonly PoolFrame[];
  /** Likewise: calls to databases and other services; absent in runs of older versions. */
  readonly downstream?: readonly DownstreamFrame[];
}

export interface RunDocument {
  readonly schema: "loopscope/run/1";
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly engine: "embedded" | "autocannon" | "k6";
  readonly command: string;
  readonly git: {
    readonly commit: string | null;
    readonly branch: string | null;
    readonly dirty: boolean | null;
  };
  readonly machine: { readonly cpus: number; readonly node: string; readonly os: string };
  readonly client: {
    readonly model: "open" | "closed";
    readonly requests: {
      readonly started: number;
      readonly completed: number;
      readonly failed: number;
      readonly timedOut: number;
      readonly dropped: number;
      readonly unfinished: number;
    };
    /** Completed requests a second. */
    readonly throughput: { readonly mean: number; readonly min: number; readonly max: number };
    /** Null: not one request ended. */
    readonly latencyMs: LatencySummaryMs | null;
    readonly byName: readonly {
      readonly name: string;
      readonly method: string;
      readonly requests: number;
      readonly failed: number;
      readonly latencyMs: LatencySummaryMs | null;
    }[];
    /** Why requests got no answer, commonest first; absent where the engine does not tell. */
    readonly errors?: readonly RequestError[];
    readonly checks: readonly CheckResult[];
    readonly metrics: Readonly<Record<string, MetricResult>>;
  };
  readonly target: TargetRecord | null;
  readonly thresholds: readonly ThresholdResult[];
  readonly trust: { readonly ok: boolean; readonly reasons: readonly string[] };
  readonly findings: readonly Finding[];
  readonly timeline: { readonly intervalSeconds: number; readonly frames: "timeline.ndjson" };
  /** How the run ended, and the exit code that follows from it. */
  readonly outcome: { readonly kind: string; readonly message: string | null; readonly exitCode: number };
}

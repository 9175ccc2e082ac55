/** What every engine (embedded, autocannon, k6) takes and gives: the seam between driving load and judging it. */

import type { HistogramSnapshot } from "@loopscope/agent/catalog";
import type { MetricContents, MetricSource, MetricType, Tags } from "../measure/metric.js";

/** A part of a metric that a threshold names: `http_req_duration{name:login}`. */
export interface MetricSelector {
  readonly name: string;
  readonly tags: Tags;
  /** Only what was recorded in so many latest seconds; left out: everything. */
  readonly lastSeconds?: number;
  /** For each value of this tag apart; left out: together. */
  readonly forAll?: string;
}

/** One threshold as the script states it, before it is parsed. */
export interface ThresholdDeclaration {
  /** The key in `options.thresholds`, selector included: `http_req_duration{status:200}`. */
  readonly metric: string;
  readonly expression: string;
  readonly abortOnFail: boolean;
  readonly delayAbortEvalMs: number;
}

/** A metric that exists before the first request: built in, or made by the script's init code. */
export interface DeclaredMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly contents: MetricContents;
}

/** A load that is ready to run: everything in it has been validated. */
export interface PreparedLoad {
  /** A short name for the run's folder: the script's base name, or the URL's host. */
  readonly name: string;
  readonly model: "open" | "closed";
  /** Length of the timetable, graceful stops left out; null when only iterations bound it. */
  readonly plannedSeconds: number | null;
  readonly thresholds: readonly ThresholdDeclaration[];
  readonly declaredMetrics: readonly DeclaredMetric[];
  /** `options.summaryTrendStats`, or k6's default. */
  readonly summaryTrendStats: readonly string[];
  /** One line a scenario, as k6 prints it: `browse: 50.00 iterations/s for 30s (maxVUs: 100)`. */
  readonly scenarioLines: readonly string[];
  /**
   * Runs to the end and never rejects for what the load did: failures are in the outcome.
   * @param signal aborting it stops gracefully; its reason is an `AbortReason`.
   */
  run(
    listener: EngineListener,
    selectors: readonly MetricSelector[],
    signal: AbortSignal,
  ): Promise<EngineResult>;
}

/** Why a run is stopped from outside. */
export type AbortReason = "interrupted" | "threshold" | "target-died";

export interface EngineListener {
  /** Setup is over and the load runs, but does not count yet. */
  onWarmup?(): void;
  /** Setup is over and the first scheduled request is due. Epoch milliseconds. */
  onLoadStart(atMs: number, metrics: MetricSource): void;
  /** Once a second while the load runs. */
  onInterval(interval: ClientInterval): void;
  /** A line from the script's console. */
  onConsole(level: "debug" | "info" | "warn" | "error", message: string): void;
  /** Asked once, after the load, for the script's `handleSummary`. Left out: nobody judges. */
  judge?(source: MetricSource): readonly ThresholdVerdict[];
}

/** Whether one threshold held. */
export interface ThresholdVerdict {
  readonly selector: MetricSelector;
  readonly expression: string;
  readonly ok: boolean;
}

/** One second of the load as the client saw it. */
export interface ClientInterval {
  /** End of the interval, epoch milliseconds. */
  readonly at: number;
  readonly durationMs: number;
  /** Seconds since the load started. */
  readonly elapsedSeconds: number;
  /** Requests sent, answered, failed and timed out within the interval. */
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly droppedIterations: number;
  readonly activeVus: number;
  readonly inFlight: number;
  /** Requests answered within the interval; from the intended start in open models. Microseconds. */
  readonly latency: HistogramSnapshot;
  /** How late the generator itself was, microseconds. */
  readonly scheduleSlip: HistogramSnapshot;
  /** The generator's own event-loop utilization, 0..1; of several threads the busiest one's. */
  readonly generatorUtilization: number;
  /** Of each thread, where a load script's is spread over several. */
  readonly threadUtilizations?: readonly number[];
}

/** How the run ended; the command turns it into an exit code. */
export type EngineOutcome =
  | { readonly kind: "completed" }
  | { readonly kind: "aborted"; readonly reason: AbortReason }
  | { readonly kind: "setup-timeout" | "teardown-timeout"; readonly message: string }
  | { readonly kind: "script-error"; readonly message: string }
  | { readonly kind: "test-aborted"; readonly message: string }
  | { readonly kind: "test-failed"; readonly message: string };

/** Latency of one request name and method over the whole run. */
export interface NamedRequests {
  readonly name: string;
  readonly method: string;
  readonly requests: number;
  readonly failed: number;
  /** Microseconds. */
  readonly latency: HistogramSnapshot;
  /** Count by status code; 0 is "no answer". */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** What went wrong below HTTP, in k6's words (`dial: connection refused`), and for how many requests. */
export interface RequestError {
  readonly message: string;
  readonly requests: number;
}

/** A slow request kept whole, so that it can be laid beside the blocks. All times epoch milliseconds. */
export interface SlowRequest {
  readonly name: string;
  readonly method: string;
  readonly status: number;
  readonly intendedAt: number;
  readonly sentAt: number;
  /** Null when no byte came back. */
  readonly firstByteAt: number | null;
  readonly endAt: number;
  /** True: it had not ended when it was given up, so it took at least this long. */
  readonly censored: boolean;
  /** `X-Request-Id` as it was sent; absent without one. */
  readonly id?: string;
  /** How many requests of the run it stands for, where it was drawn from more; absent: itself alone. */
  readonly weight?: number;
}

export interface CheckResult {
  readonly name: string;
  /** k6's path: `::group::check`. */
  readonly path: string;
  readonly passes: number;
  readonly fails: number;
}

/** One metric at the end, with the figures that k6's summary shows. */
export interface MetricResult {
  readonly name: string;
  readonly tags: Tags;
  readonly type: MetricType;
  readonly contents: MetricContents;
  /** k6's keys: count, rate, value, min, max, passes, fails, avg, med, p(95), ... */
  readonly values: Readonly<Record<string, number>>;
}

export interface EngineResult {
  readonly outcome: EngineOutcome;
  /** Epoch milliseconds: the load itself, setup and teardown left out. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly requests: {
    readonly started: number;
    readonly completed: number;
    readonly failed: number;
    readonly timedOut: number;
    /** Iterations that the timetable asked for and no virtual user was free for. */
    readonly dropped: number;
    /** Begun and not ended when the run stopped. */
    readonly unfinished: number;
  };
  /** Iterations that ran to their end, and those of them that the script ended by throwing; absent without a script. */
  readonly iterations?: {
    readonly completed: number;
    readonly threw: number;
    /** Still under way when their time was over; left out when there are none. */
    readonly interrupted?: number;
  };
  /** Response time (open model) or service time (closed model), censored requests included. Microseconds. */
  readonly latency: HistogramSnapshot;
  readonly serviceTime: HistogramSnapshot;
  readonly scheduleSlip: HistogramSnapshot;
  readonly byName: readonly NamedRequests[];
  /** Why requests got no answer, commonest first; absent where the engine does not tell. */
  readonly errors?: readonly RequestError[];
  readonly checks: readonly CheckResult[];
  readonly metrics: readonly MetricResult[];
  /** Final state, for thresholds. */
  readonly source: MetricSource;
  /** The slowest, worst first, at most 500. */
  readonly slowest: readonly SlowRequest[];
  /** Drawn from all requests, each with its weight, at most 2000; absent where the engine keeps the slowest only. */
  readonly sample?: readonly SlowRequest[];
  /** Mean requests in flight over the load, for Little's law. */
  readonly meanInFlight: number;
  /** Text that the script's `handleSummary` returned, by file name (`stdout` among them); null without one. */
  readonly customSummary: Readonly<Record<string, string>> | null;
}

/** A whole run: setup, the scenarios side by side, teardown, and what came of it. */

import { epochMs, monotonicMs } from "../../../clock.js";
import { recordedTrendStats } from "../../../measure/metric-registry.js";
import type {
  AbortReason,
  ClientInterval,
  EngineListener,
  EngineOutcome,
  EngineResult,
  MetricSelector,
} from "../../engine.js";
import { type DriveListener, type LoadDriver, outcomeOf } from "./load-driver.js";
import { LoadThreads } from "./load-threads.js";
import { reportLoosePromises } from "./loose-promises.js";
import { runHandleSummary } from "./run-summary.js";
import { ScenarioDrive } from "./scenario-drive.js";
import { runSetup, runTeardown } from "./setup-teardown.js";
import type { TestRun } from "./test-run.js";
import type { VirtualUser } from "./virtual-user.js";

/** How long iterations may go on after the user interrupted the run. */
const INTERRUPT_GRACE_MS = 3000;

export interface LoadRunOptions {
  readonly listener: EngineListener;
  readonly selectors: readonly MetricSelector[];
  readonly signal: AbortSignal;
  /** How much of the load comes before what counts; 0: all counts. */
  readonly warmupMs: number;
  /** URL of the target whose agent is followed: threads name their requests to it, too. */
  readonly namedOrigin: string | undefined;
  /** How many threads drive the scenarios; 1: this one does. */
  readonly threads: number;
}

/** @param first the virtual user that ran the init code; it runs setup and teardown */
export async function runLoad(
  run: TestRun,
  first: VirtualUser,
  options: LoadRunOptions,
): Promise<EngineResult> {
  const { selectors } = options;
  const load = new LoadRun(run, first, options);
  run.metrics.keepParts(selectors);
  run.hasMetricParts = selectors.some(
    ({ tags, forAll }) => forAll !== undefined || Object.keys(tags).length > 0,
  );
  return load.toEnd();
}

class LoadRun {
  readonly #run: TestRun;
  readonly #first: VirtualUser;
  readonly #listener: EngineListener;
  readonly #signal: AbortSignal;
  readonly #driver: LoadDriver;
  #outcome: EngineOutcome | null = null;
  /** Whether setup succeeded and the load was started, however it went on. */
  #hasBegun = false;

  constructor(run: TestRun, first: VirtualUser, options: LoadRunOptions) {
    const { listener, selectors, warmupMs, threads, namedOrigin } = options;
    this.#run = run;
    this.#first = first;
    this.#listener = listener;
    this.#signal = options.signal;
    run.listener = listener;
    run.stop = (outcome) => this.#stop(outcome, 0);
    const told: DriveListener = {
      onWarmup: () => listener.onWarmup?.(),
      onMeasuring: () => listener.onLoadStart(epochMs(), run.metrics),
      onInterval: (interval) => this.#onInterval(interval),
    };
    this.#driver =
      threads === 1
        ? new ScenarioDrive(run, { listener: told, warmupMs, reportsWhenAsked: false })
        : new LoadThreads(run, { listener: told, warmupMs, selectors, threads, namedOrigin });
  }

  async toEnd(): Promise<EngineResult> {
    const run = this.#run;
    const onAbort = () => {
      const reason = this.#signal.reason as AbortReason;
      this.#stop({ kind: "aborted", reason }, reason === "interrupted" ? INTERRUPT_GRACE_MS : 0);
    };
    this.#signal.addEventListener("abort", onAbort);
    const endReports = reportLoosePromises(run);
    if (run.compiled.text.hasLoops) run.watch.start();
    if (this.#signal.aborted) onAbort();
    let setupText: string | undefined;
    try {
      if (this.#outcome === null) setupText = await runSetup(run, this.#first);
      await this.#driver.fill();
    } catch (error) {
      this.#stop(outcomeOf(run, error), 0);
    }
    await this.#load(setupText);
    try {
      if (this.#hasBegun) await runTeardown(run, this.#first, setupText);
    } catch (error) {
      this.#outcome ??= outcomeOf(run, error);
    }
    this.#signal.removeEventListener("abort", onAbort);
    this.#first.pool.close();
    await this.#driver.close();
    endReports();
    const summary = await runHandleSummary(run, this.#first, setupText);
    run.watch.stop();
    return this.#result(summary);
  }

  async #load(setupText: string | undefined): Promise<void> {
    const run = this.#run;
    if (this.#outcome === null) {
      this.#hasBegun = true;
      await this.#driver.drive(setupText);
      return;
    }
    run.startedAtMs = monotonicMs();
    run.recorder.startClock(run.startedAtMs);
    run.measuredFromMs = run.startedAtMs;
    run.endedAtMs = run.startedAtMs;
  }

  /** Ends the load; the first reason stands. */
  #stop(outcome: EngineOutcome, graceMs: number): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#driver.stop(graceMs);
    const interruptSetup = () => {
      if (this.#first.stage === "setup") this.#first.interrupt();
    };
    if (graceMs === 0) interruptSetup();
    else setTimeout(interruptSetup, graceMs).unref();
  }

  #onInterval(interval: ClientInterval): void {
    const { builtin, options, initializedUsers } = this.#run;
    builtin.vus.add(interval.activeVus, options.tags);
    builtin.vusMax.add(initializedUsers(), options.tags);
    this.#listener.onInterval(interval);
  }

  #result(customSummary: Readonly<Record<string, string>> | null): EngineResult {
    const run = this.#run;
    const { recorder } = run;
    const epochOffsetMs = epochMs() - monotonicMs();
    const failed: EngineOutcome | null =
      run.markedFailed === null ? null : { kind: "test-failed", message: run.markedFailed };
    return {
      outcome: this.#outcome ?? failed ?? { kind: "completed" },
      startedAt: run.measuredFromMs + epochOffsetMs,
      endedAt: run.endedAtMs + epochOffsetMs,
      requests: { ...recorder.total, dropped: run.dropped, unfinished: recorder.unfinished },
      iterations: {
        completed: run.iterationsCompleted,
        threw: run.iterationsThrown,
        ...(run.iterationsInterrupted === 0 ? {} : { interrupted: run.iterationsInterrupted }),
      },
      latency: recorder.latency.snapshot(),
      serviceTime: recorder.serviceTime.snapshot(),
      scheduleSlip: recorder.scheduleSlip.snapshot(),
      byName: recorder.byName(),
      errors: recorder.errors(),
      checks: run.checks(),
      metrics: run.metrics.results(recordedTrendStats(run.options.summaryTrendStats)),
      source: run.metrics,
      slowest: recorder.slowest(),
      sample: recorder.sample(),
      meanInFlight: recorder.meanInFlight(run.measuredFromMs, run.endedAtMs),
      customSummary,
    };
  }
}

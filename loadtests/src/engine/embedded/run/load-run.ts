/** A whole run: setup, the scenarios side by side, teardown, and what came of it. */

import { performance } from "node:perf_hooks";
import { epochMs, monotonicMs } from "../../../clock.js";
import type {
  AbortReason,
  EngineListener,
  EngineOutcome,
  EngineResult,
  MetricSelector,
} from "../../engine.js";
import type { ScenarioOptions } from "../options/scenario-options.js";
import { runArrivals } from "./arrival-executors.js";
import { runConstantVus, runIterations, runRampingVus } from "./closed-executors.js";
import { Crew } from "./crew.js";
import { latestStopMs, mostUsersAtOnce } from "./run-plan.js";
import { runHandleSummary } from "./run-summary.js";
import { ScenarioRun } from "./scenario-run.js";
import { IterationInterrupted } from "./script-interruption.js";
import { runSetup, runTeardown } from "./setup-teardown.js";
import type { TestRun } from "./test-run.js";
import type { VirtualUser } from "./virtual-user.js";

/** How long iterations may go on after the user interrupted the run. */
const INTERRUPT_GRACE_MS = 3000;
const INTERVAL_MS = 1000;

/**
 * @param first the virtual user that ran the init code; it runs setup and teardown
 * @param warmupMs how much of the load comes before what counts; 0: all counts
 */
export async function runLoad(
  run: TestRun,
  first: VirtualUser,
  listener: EngineListener,
  selectors: readonly MetricSelector[],
  signal: AbortSignal,
  warmupMs: number,
): Promise<EngineResult> {
  const load = new LoadRun(run, first, listener, signal, warmupMs);
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
  readonly #warmupMs: number;
  readonly #crew: Crew;
  #scenarios: ScenarioRun[] = [];
  #outcome: EngineOutcome | null = null;
  #utilization = performance.eventLoopUtilization();
  #intervalEndMs = 0;
  #intervalTimer: NodeJS.Timeout | undefined;
  #warmup: NodeJS.Timeout | undefined;

  constructor(
    run: TestRun,
    first: VirtualUser,
    listener: EngineListener,
    signal: AbortSignal,
    warmupMs: number,
  ) {
    this.#warmupMs = warmupMs;
    this.#run = run;
    this.#first = first;
    this.#listener = listener;
    this.#signal = signal;
    this.#crew = new Crew(run);
    run.listener = listener;
    run.stop = (outcome) => this.#stop(outcome, 0);
    run.activeUsers = () => this.#activeUsers();
    run.initializedUsers = () => this.#crew.all.length;
  }

  /** A promise that the script let go: told, as k6 does, and no reason to stop. */
  readonly #onUnhandled = (error: unknown): void => {
    if (error instanceof IterationInterrupted) return;
    this.#run.log("error", `Uncaught (in promise) ${this.#run.compiled.stacks.describe(error)}`);
  };

  async toEnd(): Promise<EngineResult> {
    const run = this.#run;
    const onAbort = () => {
      const reason = this.#signal.reason as AbortReason;
      this.#stop({ kind: "aborted", reason }, reason === "interrupted" ? INTERRUPT_GRACE_MS : 0);
    };
    this.#signal.addEventListener("abort", onAbort);
    process.on("unhandledRejection", this.#onUnhandled);
    if (run.compiled.hasLoops) run.watch.start();
    if (this.#signal.aborted) onAbort();
    let setupText: string | undefined;
    try {
      if (this.#outcome === null) setupText = await runSetup(run, this.#first);
      await this.#crew.fill(mostUsersAtOnce(run.options.scenarios));
    } catch (error) {
      this.#stop(outcomeOf(run, error), 0);
    }
    await this.#load(setupText);
    try {
      if (this.#hasBegun()) await runTeardown(run, this.#first, setupText);
    } catch (error) {
      this.#outcome ??= outcomeOf(run, error);
    }
    this.#signal.removeEventListener("abort", onAbort);
    for (const user of [...this.#crew.all, this.#first]) user?.pool.close();
    // Rejections of what was interrupted last are reported a turn later.
    await new Promise(setImmediate);
    process.off("unhandledRejection", this.#onUnhandled);
    const summary = await runHandleSummary(run, this.#first, setupText);
    run.watch.stop();
    return this.#result(summary);
  }

  async #load(setupText: string | undefined): Promise<void> {
    const run = this.#run;
    run.startedAtMs = monotonicMs();
    run.recorder.startClock(run.startedAtMs);
    if (this.#outcome !== null) run.measuredFromMs = run.startedAtMs;
    else {
      if (this.#warmupMs === 0) this.#beginMeasuring();
      else {
        this.#listener.onWarmup?.();
        this.#warmup = setTimeout(() => this.#beginMeasuring(), this.#warmupMs);
      }
      const { scenarios } = run.options;
      run.watch.allowUntil(run.startedAtMs + latestStopMs(scenarios));
      this.#scenarios = scenarios.map((options) => new ScenarioRun(run, options, this.#crew, setupText));
      try {
        await Promise.all(this.#scenarios.map((scenario) => this.#runScenario(scenario)));
      } catch (error) {
        this.#stop(outcomeOf(run, error), 0);
      }
      run.watch.allowUntil(Number.POSITIVE_INFINITY);
    }
    clearTimeout(this.#warmup);
    const wasMeasured = !Number.isNaN(run.measuredFromMs);
    if (!wasMeasured) this.#beginMeasuring();
    clearInterval(this.#intervalTimer);
    run.endedAtMs = monotonicMs();
    const isLong = run.endedAtMs - this.#intervalEndMs > 1;
    if (wasMeasured && this.#scenarios.length > 0 && (isLong || run.recorder.hasNews)) this.#reportInterval();
  }

  #beginMeasuring(): void {
    const run = this.#run;
    const nowMs = monotonicMs();
    if (this.#warmupMs === 0) run.measuredFromMs = nowMs;
    else run.beginMeasuring(nowMs);
    this.#intervalEndMs = nowMs;
    this.#utilization = performance.eventLoopUtilization();
    this.#listener.onLoadStart(epochMs(), run.metrics);
    this.#intervalTimer = setInterval(() => this.#reportInterval(), INTERVAL_MS);
  }

  async #runScenario(scenario: ScenarioRun): Promise<void> {
    const { options } = scenario;
    scenario.startedAtMs = monotonicMs();
    if (options.startTimeMs > 0) await scenario.until(options.startTimeMs);
    if (scenario.isOver) return;
    await runExecutor(scenario, options);
    scenario.dismissAll();
  }

  /** Ends the load; the first reason stands. */
  #stop(outcome: EngineOutcome, graceMs: number): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    for (const scenario of this.#scenarios) scenario.end();
    if (this.#scenarios.length > 0) this.#run.watch.allowUntil(monotonicMs() + graceMs);
    const interruptAll = () => {
      for (const user of this.#crew.all) user?.interrupt();
      if (this.#first.stage === "setup") this.#first.interrupt();
    };
    if (graceMs === 0) interruptAll();
    else setTimeout(interruptAll, graceMs).unref();
  }

  #activeUsers(): number {
    return this.#scenarios.reduce((sum, { busy }) => sum + busy, 0);
  }

  /** Whether setup succeeded and the load was started, however it went on. */
  #hasBegun(): boolean {
    return this.#scenarios.length > 0;
  }

  #reportInterval(): void {
    const run = this.#run;
    const now = monotonicMs();
    const utilization = performance.eventLoopUtilization(this.#utilization);
    this.#utilization = performance.eventLoopUtilization();
    const activeVus = this.#activeUsers();
    run.builtin.vus.add(activeVus, run.options.tags);
    run.builtin.vusMax.add(this.#crew.all.length, run.options.tags);
    const dropped = run.droppedInInterval;
    run.droppedInInterval = 0;
    const durationMs = now - this.#intervalEndMs;
    this.#intervalEndMs = now;
    this.#listener.onInterval({
      at: epochMs(),
      durationMs,
      elapsedSeconds: (now - run.measuredFromMs) / 1000,
      ...run.recorder.takeInterval(),
      droppedIterations: dropped,
      activeVus,
      inFlight: run.recorder.inFlight,
      generatorUtilization: utilization.utilization,
    });
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
      iterations: { completed: run.iterationsCompleted, threw: run.iterationsThrown },
      latency: recorder.latency.snapshot(),
      serviceTime: recorder.serviceTime.snapshot(),
      scheduleSlip: recorder.scheduleSlip.snapshot(),
      byName: recorder.byName(),
      checks: run.checks(),
      metrics: run.metrics.results(run.options.summaryTrendStats),
      source: run.metrics,
      slowest: recorder.slowest(),
      sample: recorder.sample(),
      meanInFlight: recorder.meanInFlight(run.measuredFromMs, run.endedAtMs),
      customSummary,
    };
  }
}

function runExecutor(scenario: ScenarioRun, options: ScenarioOptions): Promise<void> {
  switch (options.executor) {
    case "constant-vus":
      return runConstantVus(scenario, options);
    case "ramping-vus":
      return runRampingVus(scenario, options);
    case "shared-iterations":
    case "per-vu-iterations":
      return runIterations(scenario, options);
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return runArrivals(scenario, options);
  }
}

function outcomeOf(run: TestRun, error: unknown): EngineOutcome {
  if (typeof error === "object" && error !== null && "outcome" in error)
    return error.outcome as EngineOutcome;
  return { kind: "script-error", message: run.compiled.stacks.describe(error) };
}

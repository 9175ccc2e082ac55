/** Drives scenarios in this thread: its virtual users, the scenarios side by side, and what they measure. */

import { performance } from "node:perf_hooks";
import { epochMs, monotonicMs } from "../../../clock.js";
import type { ScenarioOptions } from "../options/scenario-options.js";
import { runArrivals } from "./arrival-executors.js";
import { runConstantVus, runIterations, runRampingVus } from "./closed-executors.js";
import { Crew } from "./crew.js";
import { type DriveListener, type LoadDriver, outcomeOf } from "./load-driver.js";
import { type ScenarioShare, scenarioShares } from "./load-slice.js";
import { MeasuredTime } from "./measured-time.js";
import { latestStopMs, mostUsersAtOnce } from "./run-plan.js";
import { ScenarioRun } from "./scenario-run.js";
import type { TestRun } from "./test-run.js";

export interface ScenarioDriveOptions {
  readonly listener: DriveListener;
  /** How much of the load comes before what counts, milliseconds; 0: all counts. */
  readonly warmupMs: number;
  /** Whether the intervals are asked for by `reportInterval`, not made once a second. */
  readonly reportsWhenAsked: boolean;
}

export class ScenarioDrive implements LoadDriver {
  readonly #run: TestRun;
  readonly #listener: DriveListener;
  readonly #crew: Crew;
  readonly #shares: readonly ScenarioShare[];
  readonly #time: MeasuredTime;
  #scenarios: ScenarioRun[] = [];
  #utilization = performance.eventLoopUtilization();

  constructor(run: TestRun, { listener, warmupMs, reportsWhenAsked }: ScenarioDriveOptions) {
    this.#run = run;
    this.#listener = listener;
    this.#crew = new Crew(run);
    this.#shares = scenarioShares(run.options.scenarios, run.place.slice);
    const onMeasuring = () => {
      this.#utilization = performance.eventLoopUtilization();
      listener.onMeasuring();
    };
    const onSecond = reportsWhenAsked ? null : () => this.reportInterval();
    this.#time = new MeasuredTime(
      run,
      warmupMs,
      { onWarmup: () => listener.onWarmup(), onMeasuring },
      onSecond,
    );
    run.activeUsers = () => this.#scenarios.reduce((sum, { busy }) => sum + busy, 0);
    run.initializedUsers = () => this.#crew.all.length;
  }

  async fill(): Promise<void> {
    await this.#crew.fill(mostUsersAtOnce(this.#shares));
  }

  async drive(setupText: string | undefined): Promise<void> {
    const run = this.#run;
    this.#time.begin();
    run.watch.allowUntil(run.startedAtMs + latestStopMs(run.options.scenarios));
    this.#scenarios = this.#shares.map(
      (share, index) =>
        new ScenarioRun(run, share, run.numbersOf(index), run.vacanciesOf(index), this.#crew, setupText),
    );
    try {
      await Promise.all(this.#scenarios.map((scenario) => this.#runScenario(scenario)));
    } catch (error) {
      run.stop(outcomeOf(run, error));
    }
    run.watch.allowUntil(Number.POSITIVE_INFINITY);
    const wasMeasured = this.#time.end();
    const isLong = this.#time.sinceInterval() > 1;
    if (wasMeasured && (isLong || run.recorder.hasNews)) this.reportInterval();
  }

  stop(graceMs: number): void {
    for (const scenario of this.#scenarios) scenario.end();
    if (this.#scenarios.length > 0) this.#run.watch.allowUntil(monotonicMs() + graceMs);
    const interruptAll = () => {
      for (const user of this.#crew.all) user?.interrupt();
    };
    if (graceMs === 0) interruptAll();
    else setTimeout(interruptAll, graceMs).unref();
  }

  /** @param dueAtMs monotonic. The scenario has promised a free user, so it is under way here. */
  takeArrival(scenario: string, dueAtMs: number): void {
    this.#scenarios.find(({ options }) => options.name === scenario)?.onArrival(dueAtMs);
  }

  async close(): Promise<void> {
    for (const user of this.#crew.all) user?.pool.close();
    // Rejections of what was interrupted last are reported a turn later.
    await new Promise(setImmediate);
  }

  /** What happened since the last one. */
  reportInterval(): void {
    const run = this.#run;
    const utilization = performance.eventLoopUtilization(this.#utilization);
    this.#utilization = performance.eventLoopUtilization();
    const dropped = run.droppedInInterval;
    run.droppedInInterval = 0;
    this.#listener.onInterval({
      at: epochMs(),
      durationMs: this.#time.nextInterval(),
      elapsedSeconds: (monotonicMs() - run.measuredFromMs) / 1000,
      ...run.recorder.takeInterval(),
      droppedIterations: dropped,
      activeVus: run.activeUsers(),
      inFlight: run.recorder.inFlight,
      generatorUtilization: utilization.utilization,
    });
  }

  async #runScenario(scenario: ScenarioRun): Promise<void> {
    const { options } = scenario;
    scenario.startedAtMs = monotonicMs();
    if (options.startTimeMs > 0) await scenario.until(options.startTimeMs);
    if (scenario.isOver) return;
    await runExecutor(scenario, options);
    scenario.dismissAll();
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

/** One scenario under way, or a thread's share of it: its virtual users, its clock, and how an iteration is run and stopped. */

import { epochMs, monotonicMs } from "../../../clock.js";
import type { Tags } from "../../../measure/metric.js";
import type { ScenarioOptions } from "../options/scenario-options.js";
import type { Crew } from "./crew.js";
import type { IterationNumbers } from "./iteration-numbers.js";
import type { LoadSlice, ScenarioShare } from "./load-slice.js";
import { EndlessLoop, IterationInterrupted, TestAborted } from "./script-interruption.js";
import type { TestRun } from "./test-run.js";
import type { Vacancies } from "./vacancies.js";
import type { Assignment, VirtualUser } from "./virtual-user.js";

const NO_TAGS: Tags = {};

export class ScenarioRun {
  readonly run: TestRun;
  readonly options: ScenarioOptions;
  readonly users: VirtualUser[] = [];
  /** Users with an iteration under way. */
  busy = 0;
  startedAtMs = Number.NaN;
  /** No iteration may begin any more. */
  isOver = false;
  /** Full and interrupted ones, over all its users. */
  begun = 0;
  readonly slice: LoadSlice;
  /** Shared by all threads. */
  readonly numbers: IterationNumbers;
  /** Shared by all threads. */
  readonly vacancies: Vacancies;
  /** Begins an arrival that another thread handed over; monotonic milliseconds. */
  onArrival: (dueAtMs: number) => void = () => {};
  #claimed: number | null = null;
  progress: () => number = () => 0;
  readonly #crew: Crew;
  readonly #setupText: string | undefined;
  #startedAtEpochMs = Math.floor(epochMs());
  readonly #onOver: (() => void)[] = [];
  readonly #assignment: Assignment;

  constructor(
    run: TestRun,
    { options, slice }: ScenarioShare,
    numbers: IterationNumbers,
    vacancies: Vacancies,
    crew: Crew,
    setupText: string | undefined,
  ) {
    this.run = run;
    this.options = options;
    this.slice = slice;
    this.numbers = numbers;
    this.vacancies = vacancies;
    this.#crew = crew;
    this.#setupText = setupText;
    const scenario = this;
    const { name, executor, exec, tags } = options;
    this.#assignment = {
      scenario: name,
      executor,
      exec,
      tags,
      get startTime() {
        return scenario.#startedAtEpochMs;
      },
      progress: () => scenario.progress(),
    };
  }

  /** Its time begins now, or at the moment that all threads agree on. */
  async start(): Promise<void> {
    const { startTogether } = this.run;
    if (startTogether === null) this.startedAtMs = monotonicMs();
    else {
      const isOver = new Promise<number>((resolve) => this.onOver(() => resolve(monotonicMs())));
      this.startedAtMs = await Promise.race([startTogether(this.options.name), isOver]);
    }
    this.#startedAtEpochMs = Math.floor(epochMs() + this.startedAtMs - monotonicMs());
  }

  /** How much of a time is over since its start, 0..1. */
  elapsedShare(durationMs: number): number {
    return Math.min(1, Math.max(0, (monotonicMs() - this.startedAtMs) / durationMs));
  }

  /** Takes the number of the next iteration, which is to begin at once; false: none below the limit is left. */
  claim(limit: number): boolean {
    this.#claimed = this.numbers.takeBelow(limit);
    return this.#claimed !== null;
  }

  async hire(count: number): Promise<readonly VirtualUser[]> {
    const hired = await this.#crew.take(count);
    for (const user of hired) {
      user.assignment = this.#assignment;
      user.iterationInScenario = -1;
      user.interrupted = false;
      user.setEnvironment({ ...this.run.env, ...this.options.env });
    }
    this.users.push(...hired);
    return hired;
  }

  dismissAll(): void {
    this.#crew.giveBack(this.users.splice(0));
  }

  /** Ends the time in which iterations may begin. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const listener of this.#onOver.splice(0)) listener();
  }

  onOver(listener: () => void): void {
    if (this.isOver) listener();
    else this.#onOver.push(listener);
  }

  /** Until that much time has passed since its start, or it is over. */
  until(elapsedMs: number): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, this.startedAtMs + elapsedMs - monotonicMs()));
      this.onOver(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** One iteration, to its end; never rejects. @param intendedAtMs NaN in closed models */
  iterate(user: VirtualUser, intendedAtMs: number): Promise<void> {
    return this.#iterate(user, intendedAtMs, null);
  }

  /** Iterations of one user as long as it may; lets the event loop turn even when the script never waits. */
  loop(user: VirtualUser, mayGoOn: () => boolean): Promise<void> {
    if (this.isOver || user.interrupted || !mayGoOn()) return Promise.resolve();
    return this.#iterate(user, Number.NaN, mayGoOn);
  }

  /** One after the other in one function: an iteration of its own each time would cost as much as a metric. */
  async #iterate(user: VirtualUser, intendedAtMs: number, mayGoOn: (() => boolean) | null): Promise<void> {
    const { run } = this;
    do {
      const startedAtMs = this.#begin(user, intendedAtMs);
      try {
        const body = user.exports[this.options.exec] as (data: unknown) => unknown;
        const result = body(user.setupData(this.#setupText));
        if (result instanceof Promise) await result;
        if (!user.timers.isQuiet) await user.timers.untilQuiet();
      } catch (error) {
        this.#onScriptError(user, error);
      }
      const restMs = this.#end(user, startedAtMs);
      if (restMs > 0) await user.sleep(restMs / 1000).catch(() => {});
      if (this.slice.count > 1) run.publishFigures();
      if (run.options.noVUConnectionReuse) user.replaceConnections();
      if (mayGoOn !== null && !user.hasWaited) await new Promise(setImmediate);
    } while (mayGoOn !== null && !this.isOver && !user.interrupted && mayGoOn());
  }

  /** @returns when it began */
  #begin(user: VirtualUser, intendedAtMs: number): number {
    const startedAtMs = monotonicMs();
    user.iteration++;
    user.iterationInScenario++;
    this.begun++;
    user.iterationInTest = this.#claimed ?? this.numbers.take();
    this.#claimed = null;
    user.stage = "iteration";
    user.hasWaited = false;
    user.intendedAtMs = intendedAtMs;
    if (!Number.isNaN(intendedAtMs)) this.#recordSlip(user, startedAtMs - intendedAtMs);
    for (const begin of user.onIterationStart) begin();
    this.busy++;
    if (this.slice.count > 1) this.run.publishFigures();
    return startedAtMs;
  }

  /** @returns how long it is to wait before the next, milliseconds */
  #end(user: VirtualUser, startedAtMs: number): number {
    const { run } = this;
    this.busy--;
    user.group = "";
    if (user.interrupted) {
      run.iterationsInterrupted++;
      return 0;
    }
    run.iterationsCompleted++;
    const durationMs = monotonicMs() - startedAtMs;
    const tags = run.hasMetricParts ? user.sampleTags() : NO_TAGS;
    run.builtin.iterations.add(1, tags);
    run.builtin.iterationDuration.add(durationMs, tags);
    return run.options.minIterationDurationMs - durationMs;
  }

  /** Waits for running iterations, interrupts those that outlast the time given. */
  async drain(running: Promise<unknown>, graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const user of this.users) user.interrupt();
    }, graceMs);
    await running;
    clearTimeout(timer);
  }

  #recordSlip(user: VirtualUser, slipMs: number): void {
    const slip = Math.max(0, slipMs);
    this.run.recorder.slipped(slip);
    this.run.builtin.scheduleSlip.add(slip, this.run.hasMetricParts ? user.sampleTags() : {});
  }

  #onScriptError(user: VirtualUser, error: unknown): void {
    if (error instanceof TestAborted) {
      this.run.stop({ kind: "test-aborted", message: error.message });
    } else if (error instanceof EndlessLoop) {
      user.interrupt();
      const place = this.run.compiled.stacks.place(error);
      const message = `${place === null ? "" : `${place}: `}${error.message}`;
      this.run.stop({ kind: "script-error", message });
    } else if (!(error instanceof IterationInterrupted) && !user.interrupted) {
      this.run.iterationsThrown++;
      this.run.log("error", this.run.compiled.stacks.describe(error));
    }
  }
}

/** Executors that begin iterations by a timetable, whatever became of the ones before. */

import { monotonicMs } from "../../../clock.js";
import { uniformRandom } from "../../../randomness.js";
import type { ScenarioOptions, Stage } from "../options/scenario-options.js";
import { ArrivalTimetable } from "./arrival-timetable.js";
import type { ScenarioRun } from "./scenario-run.js";
import { Ticker } from "./ticker.js";
import type { VirtualUser } from "./virtual-user.js";

type ArrivalOptions = Extract<
  ScenarioOptions,
  { executor: "constant-arrival-rate" | "ramping-arrival-rate" }
>;

/** An iteration due within this time is begun at once: sleeping so short a time takes longer. */
const TOLERANCE_MS = 0.015;
/** How long an arrival that another thread hands over may be on its way; one that never comes was dropped. */
const LONGEST_WAY_MS = 1000;
/** How long iterations that are due are begun in one turn of the event loop, so that replies are read in between. */
const LONGEST_TURN_MS = 0.5;
/** And how many: after a pause all that were due then would else be under way at once, and take every user. */
const MAX_PER_TURN = 64;

export async function runArrivals(scenario: ScenarioRun, options: ArrivalOptions): Promise<void> {
  const [startRate, stages]: [number, readonly Stage[]] =
    options.executor === "constant-arrival-rate"
      ? [options.rate, [{ durationMs: options.durationMs, target: options.rate }]]
      : [options.startRate, options.stages];
  const { timeUnitMs, arrivals } = options;
  const timetable = new ArrivalTimetable(
    startRate,
    stages,
    timeUnitMs,
    arrivals,
    uniformRandom,
    scenario.slice,
  );
  const free = [...(await scenario.hire(options.preAllocatedVus))].reverse();
  const dispatcher = new ArrivalDispatcher(scenario, timetable, free, options.maxVus);
  await dispatcher.ready;
  await scenario.start();
  scenario.progress = () => scenario.elapsedShare(timetable.durationMs);
  dispatcher.begin();
  await scenario.until(timetable.durationMs);
  dispatcher.end();
  scenario.end();
  await scenario.drain(dispatcher.idle(), options.gracefulStopMs);
}

class ArrivalDispatcher {
  readonly #scenario: ScenarioRun;
  readonly #timetable: ArrivalTimetable;
  readonly #free: VirtualUser[];
  readonly #maxUsers: number;
  readonly #ticker: Ticker;
  #nextAtMs: number | null = null;
  #running = 0;
  /** Ended before its time: nothing may begin any more. */
  #isCut = false;
  #hasEnded = false;
  #hiring = 0;
  #onIdle: (() => void) | null = null;
  /** The ticker's thread is up: its start must not delay the first arrivals. */
  readonly ready: Promise<void>;

  constructor(scenario: ScenarioRun, timetable: ArrivalTimetable, free: VirtualUser[], maxUsers: number) {
    this.#scenario = scenario;
    this.#timetable = timetable;
    this.#free = free;
    this.#maxUsers = maxUsers;
    scenario.vacancies.offer(free.length);
    scenario.onArrival = (dueAtMs) => this.#beginHandedOver(dueAtMs);
    let begun = false;
    let onReady = () => {};
    this.ready = new Promise((resolve) => {
      onReady = resolve;
    });
    this.#ticker = new Ticker(() => {
      if (begun) this.#beginDue(true);
      else {
        begun = true;
        onReady();
      }
    });
    this.#ticker.wakeAt(0);
  }

  begin(): void {
    this.#nextAtMs = this.#timetable.next();
    this.#beginDue(false);
  }

  /**
   * What is left of the timetable is begun or counted as dropped: the generator was late, or the timer that
   * ends the load was a fraction of a millisecond early.
   */
  end(): void {
    this.#ticker.stop();
    const { startedAtMs, isOver } = this.#scenario;
    this.#isCut = isOver;
    this.#hasEnded = true;
    while (!isOver && this.#nextAtMs !== null) {
      this.#beginOne(startedAtMs + this.#nextAtMs);
      this.#nextAtMs = this.#timetable.next();
    }
    this.#nextAtMs = null;
  }

  /** Resolves when no iteration is under way, and none on its way here. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#checkIdle();
      setTimeout(() => this.#giveUpPromised(), LONGEST_WAY_MS).unref();
    });
  }

  #beginDue(isWake: boolean): void {
    if (this.#scenario.isOver || this.#nextAtMs === null) return;
    const { startedAtMs } = this.#scenario;
    const now = monotonicMs();
    if (isWake && this.#nextAtMs !== null) this.#ticker.observe(now - startedAtMs - this.#nextAtMs);
    let begun = 0;
    while (this.#nextAtMs !== null && startedAtMs + this.#nextAtMs <= now + TOLERANCE_MS) {
      const isLong = begun === MAX_PER_TURN || monotonicMs() > now + LONGEST_TURN_MS;
      if (isLong || this.#awaitsUser()) {
        setImmediate(this.#beginRest);
        return;
      }
      this.#beginOne(startedAtMs + this.#nextAtMs);
      this.#nextAtMs = this.#timetable.next();
      begun++;
    }
    if (this.#nextAtMs !== null) this.#ticker.wakeAt(startedAtMs + this.#nextAtMs);
  }

  /** Who is behind first lets those go on whose replies have come: their users are needed. */
  readonly #beginRest = (): void => {
    if (this.#scenario.run.replies.isEmpty) this.#beginDue(false);
    else setImmediate(this.#beginRest);
  };

  /** A user whose reply has been read is as good as free: what is due now is not dropped for want of one. */
  #awaitsUser(): boolean {
    return this.#free.length === 0 && !this.#scenario.run.replies.isEmpty;
  }

  #beginOne(intendedAtMs: number): void {
    const { vacancies, run, options } = this.#scenario;
    if (vacancies.takeOwn()) {
      this.#beginWith(this.#free.pop(), intendedAtMs);
      return;
    }
    const thread = vacancies.takeElsewhere();
    if (thread !== null) {
      run.handOver(options.name, thread, intendedAtMs);
      return;
    }
    run.countDropped(1, options.name);
    if (this.#scenario.users.length + this.#hiring < this.#maxUsers) this.#hireOne();
  }

  #beginHandedOver(intendedAtMs: number): void {
    const isCut = this.#isCut || (this.#scenario.isOver && !this.#hasEnded);
    if (!isCut) this.#beginWith(this.#free.pop(), intendedAtMs);
    this.#checkIdle();
  }

  #beginWith(user: VirtualUser | undefined, intendedAtMs: number): void {
    if (user === undefined) return;
    this.#running++;
    this.#scenario.iterate(user, intendedAtMs).then(() => {
      this.#running--;
      this.#makeFree(user);
      if (this.#running === 0) this.#checkIdle();
    });
  }

  #makeFree(...users: readonly VirtualUser[]): void {
    this.#free.push(...users);
    this.#scenario.vacancies.offer(users.length);
  }

  #hireOne(): void {
    this.#hiring++;
    this.#scenario.hire(1).then(
      (hired) => {
        this.#hiring--;
        this.#makeFree(...hired);
      },
      (error: unknown) => {
        const message = this.#scenario.run.compiled.stacks.describe(error);
        this.#scenario.run.stop({ kind: "script-error", message });
      },
    );
  }

  #checkIdle(): void {
    if (this.#running > 0 || this.#onIdle === null) return;
    if (this.#isCut) this.#scenario.vacancies.close();
    else if (!this.#scenario.vacancies.closeUnlessPromised(this.#free.length)) return;
    this.#onIdle();
  }

  #giveUpPromised(): void {
    const offered = this.#scenario.vacancies.close();
    const { run, options } = this.#scenario;
    const promised = offered === null ? 0 : this.#free.length - offered;
    if (promised > 0 && !this.#isCut) run.countDropped(promised, options.name);
    this.#isCut = true;
    this.#checkIdle();
  }
}

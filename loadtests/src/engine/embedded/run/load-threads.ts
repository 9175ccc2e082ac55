/** Drives scenarios in several threads, and puts together what they report: as one thread would have measured it. */

import { epochMs, monotonicMs, processWideMs } from "../../../clock.js";
import { mergedHistogram } from "../../../measure/merged-histogram.js";
import type { MetricSamples } from "../../../measure/metric-parts.js";
import type { ClientInterval, MetricSelector } from "../../engine.js";
import { type DriveListener, type LoadDriver, outcomeOf } from "./load-driver.js";
import { MeasuredTime } from "./measured-time.js";
import type { TestRun } from "./test-run.js";
import { type ThreadFailure, ThreadHandle } from "./thread-handle.js";
import type { ThreadEnd, ThreadInterval, ThreadOrder, ThreadReport } from "./thread-messages.js";
import { threadPlaces } from "./thread-place.js";

/** Between the last thread's readiness and a scenario's first arrival: a message's way, on a busy machine. */
const START_LEAD_MS = 5;

export interface LoadThreadsOptions {
  readonly listener: DriveListener;
  readonly selectors: readonly MetricSelector[];
  readonly warmupMs: number;
  readonly namedOrigin: string | undefined;
  /** At least 2. */
  readonly threads: number;
}

export class LoadThreads implements LoadDriver {
  readonly #run: TestRun;
  readonly #options: LoadThreadsOptions;
  readonly #time: MeasuredTime;
  #threads: ThreadHandle[] = [];
  /** Threads that were asked for an interval and have not answered. */
  readonly #asked = new Set<ThreadHandle>();
  /** What they have reported since the run's last interval. */
  readonly #parts: { readonly thread: ThreadHandle; readonly interval: ClientInterval }[] = [];
  /** How many threads could begin a scenario, by its name. */
  readonly #waiting = new Map<string, number>();

  constructor(run: TestRun, options: LoadThreadsOptions) {
    this.#run = run;
    this.#options = options;
    this.#time = new MeasuredTime(run, options.warmupMs, options.listener, () => this.#askForIntervals());
    run.initializedUsers = () => this.#threads.reduce((sum, { users }) => sum + users, 0);
  }

  async fill(): Promise<void> {
    const { compiled, env, options } = this.#run;
    const { selectors, warmupMs, threads, namedOrigin } = this.#options;
    const common = {
      text: compiled.text,
      env,
      options,
      model: this.#run.recorder.model,
      warmupMs,
      namedOrigin,
      declaredMetrics: this.#run.metrics.declared(),
      selectors: selectors.map(withoutWindow).filter(isPart),
    };
    this.#threads = threadPlaces(options.scenarios.length, threads).map(
      (place) => new ThreadHandle({ ...common, place }, (thread, report) => this.#onReport(thread, report)),
    );
    await Promise.all(this.#threads.map(({ ready }) => ready));
  }

  async drive(setupText: string | undefined): Promise<void> {
    const run = this.#run;
    this.#time.begin();
    this.#tellAll({ type: "begin", setupText });
    const ends = await Promise.all(this.#threads.map(({ end }) => end));
    let endedAt = 0;
    for (const end of ends) {
      if (end === null) continue;
      endedAt = Math.max(endedAt, end.endedAt);
      this.#addTotals(end);
    }
    const wasMeasured = this.#time.end();
    if (endedAt > 0) run.endedAtMs = endedAt - epochMs() + monotonicMs();
    if (wasMeasured && this.#parts.length > 0) this.#reportInterval();
  }

  stop(graceMs: number): void {
    for (const thread of this.#threads) thread.stop(graceMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #tellAll(order: ThreadOrder): void {
    for (const thread of this.#threads) thread.tell(order);
  }

  #onReport(thread: ThreadHandle, report: ThreadReport | ThreadFailure): void {
    switch (report.type) {
      case "waiting":
        this.#onWaiting(report.scenario);
        return;
      case "arrival":
        this.#threads[report.toThread]?.tell(report);
        return;
      case "interval":
        this.#onInterval(thread, report);
        return;
      case "console":
        this.#run.log(report.level, report.message);
        return;
      case "stop":
      case "failure":
        this.#run.stop(report.outcome);
        if (report.type === "failure") this.#onAnswer(thread);
        return;
      case "end":
        this.#onAnswer(thread);
    }
  }

  /** The last thread that gets there decides the moment. */
  #onWaiting(scenario: string): void {
    const waiting = (this.#waiting.get(scenario) ?? 0) + 1;
    this.#waiting.set(scenario, waiting);
    if (waiting < this.#threads.length) return;
    this.#tellAll({ type: "start", scenario, atMs: processWideMs() + START_LEAD_MS });
  }

  /** Once a second. Whoever has not answered by the next time goes without: its figures come with the next ones. */
  #askForIntervals(): void {
    if (this.#asked.size > 0) this.#reportInterval();
    for (const thread of this.#threads) {
      if (thread.hasEnded) continue;
      this.#asked.add(thread);
      thread.tell({ type: "report" });
    }
  }

  #onInterval(thread: ThreadHandle, report: ThreadInterval): void {
    const { durationMs } = report.interval;
    thread.users = report.users;
    thread.latest = report.interval;
    // The middle of the time in which they were gathered; of a silent thread's, of its last second.
    const atSeconds = this.#run.elapsedSeconds() - Math.min(durationMs, 1000) / 2000;
    this.#addSamples(report.samples, atSeconds);
    this.#parts.push({ thread, interval: report.interval });
    this.#onAnswer(thread);
  }

  #onAnswer(thread: ThreadHandle): void {
    if (this.#asked.delete(thread) && this.#asked.size === 0) this.#reportInterval();
  }

  #reportInterval(): void {
    const taken = this.#parts.splice(0);
    const parts = taken.map(({ interval }) => interval);
    const total = (figure: (part: (typeof parts)[number]) => number): number =>
      parts.reduce((sum, part) => sum + figure(part), 0);
    const now = (figure: "activeVus" | "inFlight"): number =>
      this.#threads.reduce((sum, { latest, hasEnded }) => sum + (hasEnded ? 0 : (latest?.[figure] ?? 0)), 0);
    // A thread that does not answer has been busy all the time; one that has ended is idle.
    const utilizations = this.#threads.map((thread) => {
      const own = taken.filter((part) => part.thread === thread);
      const mostBusy = Math.max(0, ...own.map(({ interval }) => interval.generatorUtilization));
      return this.#asked.has(thread) ? 1 : mostBusy;
    });
    this.#options.listener.onInterval({
      at: epochMs(),
      durationMs: this.#time.nextInterval(),
      elapsedSeconds: this.#run.elapsedSeconds(),
      started: total(({ started }) => started),
      completed: total(({ completed }) => completed),
      failed: total(({ failed }) => failed),
      timedOut: total(({ timedOut }) => timedOut),
      droppedIterations: total(({ droppedIterations }) => droppedIterations),
      activeVus: now("activeVus"),
      inFlight: now("inFlight"),
      latency: mergedHistogram(parts.map(({ latency }) => latency)),
      scheduleSlip: mergedHistogram(parts.map(({ scheduleSlip }) => scheduleSlip)),
      generatorUtilization: Math.max(...utilizations),
      threadUtilizations: utilizations,
    });
  }

  #addSamples(samples: readonly MetricSamples[], atSeconds: number): void {
    try {
      this.#run.metrics.add(samples, atSeconds);
    } catch (error) {
      // The init code of two threads made metrics of one name and different types.
      this.#run.stop(outcomeOf(this.#run, error));
    }
  }

  #addTotals({ requests, samples, checks, dropped, iterations, markedFailed }: ThreadEnd): void {
    const run = this.#run;
    run.recorder.add(requests);
    this.#addSamples(samples, run.elapsedSeconds());
    run.addChecks(checks);
    run.dropped += dropped;
    run.iterationsCompleted += iterations.completed;
    run.iterationsThrown += iterations.threw;
    run.iterationsInterrupted += iterations.interrupted;
    run.markedFailed ??= markedFailed;
  }
}

function withoutWindow({ name, tags, forAll }: MetricSelector): MetricSelector {
  return forAll === undefined ? { name, tags } : { name, tags, forAll };
}

function isPart({ tags, forAll }: MetricSelector): boolean {
  return forAll !== undefined || Object.keys(tags).length > 0;
}

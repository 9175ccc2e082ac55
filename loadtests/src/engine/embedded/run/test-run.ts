/** What all virtual users of a run share, or those of one of its threads. */

import { epochMs, monotonicMs } from "../../../clock.js";
import { type BuiltinMetrics, declareBuiltinMetrics } from "../../../measure/builtin-metrics.js";
import { MetricRegistry } from "../../../measure/metric-registry.js";
import { RequestRecorder } from "../../../measure/request-recorder.js";
import type { CheckResult, EngineListener, EngineOutcome } from "../../engine.js";
import { SendTogether } from "../../send-together.js";
import type { CompiledScript } from "../compile/script-text.js";
import { DeadlineQueues } from "../http/deadline-queue.js";
import { NameLookup } from "../http/name-lookup.js";
import { ReplyQueue } from "../http/reply-queue.js";
import { RequestGate } from "../http/request-gate.js";
import { RequestTargets } from "../http/request-target.js";
import type { ScriptOptions } from "../options/script-options.js";
import { InstanceCounts, type InstanceFigures } from "./instance-counts.js";
import { IterationNumbers } from "./iteration-numbers.js";
import { RequestIds } from "./request-ids.js";
import { ScriptWatch } from "./script-watch.js";
import { onlyPlace, type ThreadPlace } from "./thread-place.js";
import { Vacancies } from "./vacancies.js";

interface CheckCounts {
  readonly name: string;
  readonly path: string;
  passes: number;
  fails: number;
}

/** More checks than this under different names are counted in the metric only. */
const MAX_CHECKS = 10_000;

export class TestRun {
  readonly compiled: CompiledScript;
  readonly scriptPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** False with `GODEBUG=http2client=0`, by which the real k6 keeps to HTTP/1.1, too. */
  readonly offersHttp2: boolean;
  readonly metrics: MetricRegistry;
  readonly builtin: BuiltinMetrics;
  readonly deadlines = new DeadlineQueues();
  readonly names = new NameLookup();
  readonly together = new SendTogether();
  readonly replies = new ReplyQueue(this.together);
  readonly watch: ScriptWatch;
  readonly sharedArrays = new Map<string, readonly unknown[]>();
  /** By path: group and name. */
  readonly #checks = new Map<string, CheckCounts>();
  readonly #checksByGroup = new Map<string, Map<string, CheckCounts>>();
  /** Set once the options are read. */
  options!: ScriptOptions;
  targets!: RequestTargets;
  recorder!: RequestRecorder;
  requestGate: RequestGate | null = null;
  /** Null: requests go out as the script makes them. */
  requestIds: RequestIds | null = null;
  place!: ThreadPlace;
  #instance!: InstanceCounts;
  /** Whether any threshold asks for a part of a metric: without one, samples need no tags. */
  hasMetricParts = false;
  dropped = 0;
  iterationsCompleted = 0;
  /** Those of the completed ones that an exception ended. */
  iterationsThrown = 0;
  iterationsInterrupted = 0;
  activeUsers: () => number = () => 0;
  initializedUsers: () => number = () => 0;
  droppedInInterval = 0;
  listener: EngineListener | null = null;
  /** Monotonic; NaN before the load. */
  startedAtMs = Number.NaN;
  /** Where the warm-up ends and what counts begins, monotonic; NaN before. */
  measuredFromMs = Number.NaN;
  endedAtMs = Number.NaN;
  /** `exec.test.fail()` was called: the outcome when nothing worse happens. */
  markedFailed: string | null = null;
  /** Resolves with the moment, monotonic, at which all threads begin a scenario; null: there is one thread. */
  startTogether: ((scenario: string) => Promise<number>) | null = null;
  /** Has another thread begin an iteration that was due at that moment, monotonic. */
  handOver: (scenario: string, toThread: number, dueAtMs: number) => void = () => {};
  /** Stops the whole run at once; set while it runs. */
  stop: (outcome: EngineOutcome) => void = () => {};

  constructor(
    compiled: CompiledScript,
    scriptPath: string,
    env: Readonly<Record<string, string>>,
    watch = new ScriptWatch(),
  ) {
    this.watch = watch;
    this.compiled = compiled;
    this.scriptPath = scriptPath;
    this.env = env;
    this.offersHttp2 = !/(^|,)http2client=0(,|$)/.test(env.GODEBUG ?? "");
    this.metrics = new MetricRegistry(() => this.elapsedSeconds());
    this.builtin = declareBuiltinMetrics(this.metrics);
  }

  /** Takes what the init code declared. @param place left out: one thread drives the whole load */
  configure(
    options: ScriptOptions,
    model: "open" | "closed",
    place = onlyPlace(options.scenarios.length),
  ): void {
    this.options = options;
    this.place = place;
    this.#instance = new InstanceCounts(place.instanceCounts, place.slice);
    this.requestGate = options.rps === null ? null : new RequestGate(options.rps, place.requestGate);
    this.targets = new RequestTargets(options.hosts);
    this.recorder = new RequestRecorder(model, epochMs() - monotonicMs());
  }

  /** @param origin URL of the target; every request to it gets an `X-Request-Id`, unless the script gives one */
  nameRequestsTo(origin: string): void {
    this.requestIds = new RequestIds(this.targets.get(origin).originKey);
  }

  /** Iterations that were due and never begun. */
  countDropped(count: number, scenario: string): void {
    this.dropped += count;
    this.droppedInInterval += count;
    this.builtin.droppedIterations.add(count, { ...this.options.tags, scenario });
  }

  /** From here on it counts: what was measured before was the warm-up. Requests in flight stay, as started now. */
  beginMeasuring(nowMs: number): void {
    this.measuredFromMs = nowMs;
    this.recorder = this.recorder.successor(nowMs);
    this.metrics.forget();
    this.#checks.clear();
    this.#checksByGroup.clear();
    this.dropped = 0;
    this.droppedInInterval = 0;
    this.iterationsCompleted = 0;
    this.iterationsThrown = 0;
    this.iterationsInterrupted = 0;
  }

  /** Since the load began, the warm-up in it; 0 before. */
  loadSeconds(): number {
    return this.#secondsSince(this.startedAtMs);
  }

  /** Of what counts; 0 before. */
  elapsedSeconds(): number {
    return this.#secondsSince(this.measuredFromMs);
  }

  #secondsSince(momentMs: number): number {
    if (Number.isNaN(momentMs)) return 0;
    const untilMs = Number.isNaN(this.endedAtMs) ? monotonicMs() : this.endedAtMs;
    return (untilMs - momentMs) / 1000;
  }

  numbersOf(scenarioIndex: number): IterationNumbers {
    return new IterationNumbers(this.place.iterationNumbers, scenarioIndex);
  }

  vacanciesOf(scenarioIndex: number): Vacancies {
    return new Vacancies(this.place.vacancies, scenarioIndex, this.place.slice);
  }

  /** Lets the other threads know this one's figures. */
  publishFigures(): void {
    this.#instance.publish({
      completed: this.iterationsCompleted,
      interrupted: this.iterationsInterrupted,
      active: this.activeUsers(),
      initialized: this.initializedUsers(),
    });
  }

  /** Of all threads. */
  instanceFigure(name: keyof InstanceFigures): number {
    this.publishFigures();
    return this.#instance.total(name);
  }

  countCheck(group: string, name: string, passed: boolean): void {
    const counts = this.#countsIn(group, name);
    if (counts === null) return;
    if (passed) counts.passes++;
    else counts.fails++;
  }

  /** Adds what another thread counted. */
  addChecks(results: readonly CheckResult[]): void {
    for (const { name, path, passes, fails } of results) {
      const counts = this.#countsOf(path, name);
      if (counts === null) continue;
      counts.passes += passes;
      counts.fails += fails;
    }
  }

  /** Found by group and name apart: to put a path together for each check costs more than to count it. */
  #countsIn(group: string, name: string): CheckCounts | null {
    const known = this.#checksByGroup.get(group)?.get(name);
    if (known !== undefined) return known;
    const counts = this.#countsOf(`${group}::${name}`, name);
    if (counts === null) return null;
    const ofGroup = this.#checksByGroup.get(group) ?? new Map<string, CheckCounts>();
    ofGroup.set(name, counts);
    this.#checksByGroup.set(group, ofGroup);
    return counts;
  }

  #countsOf(path: string, name: string): CheckCounts | null {
    let counts = this.#checks.get(path);
    if (counts === undefined) {
      if (this.#checks.size >= MAX_CHECKS) return null;
      counts = { name, path, passes: 0, fails: 0 };
      this.#checks.set(path, counts);
    }
    return counts;
  }

  checks(): CheckResult[] {
    return [...this.#checks.values()].map((counts) => ({ ...counts }));
  }

  log(level: "debug" | "info" | "warn" | "error", message: string): void {
    this.listener?.onConsole(level, message);
  }
}

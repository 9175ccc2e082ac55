/** One virtual user: its own copy of the script, its connections, its cookies, and where it is in its work. */

import type tls from "node:tls";
import { monotonicMs } from "../../../clock.js";
import type { Tags } from "../../../measure/metric.js";
import { waitingExecutor, waitingListMethods } from "../compile/waiting-twins.js";
import { ConnectionPool } from "../http/connection-pool.js";
import { createK6Modules } from "../k6/k6-modules.js";
import { openFile } from "../k6/open-file.js";
import { scriptConsole } from "../k6/script-console.js";
import { VirtualUserTimers } from "../k6/virtual-user-timers.js";
import { IterationInterrupted } from "./script-interruption.js";
import type { TestRun } from "./test-run.js";
import { type Wait, Waits } from "./waits.js";

/** What a virtual user is working on. */
export interface Assignment {
  readonly scenario: string;
  readonly executor: string;
  readonly exec: string;
  readonly tags: Tags;
  /** Epoch milliseconds. */
  readonly startTime: number;
  /** 0..1 */
  progress(): number;
}

export type ScriptExports = Readonly<Record<string, unknown>>;

export class VirtualUser {
  /** From 1; 0 runs the init code, setup and teardown. */
  readonly id: number;
  readonly run: TestRun;
  /** `__ITER`: from 0, over all scenarios; -1 before the first. */
  iteration = -1;
  /** Iterations within the scenario it works for, from 0. */
  iterationInScenario = -1;
  /** Number of the iteration over the whole scenario, from 0. */
  iterationInTest = -1;
  assignment: Assignment | null = null;
  exports: ScriptExports = {};
  stage: "init" | "setup" | "iteration" | "teardown" | "idle" = "init";
  /** k6's path of the group it is in: "" or `::a::b`. */
  group = "";
  /** Tags of everything it records; `exec.vu.metrics.tags`. */
  tags: Record<string, string> = {};
  /** `__ENV`: the run's, with the scenario's over it. */
  readonly env: Record<string, string>;
  interrupted = false;
  /** Whether the current iteration let the event loop turn. */
  hasWaited = false;
  /** When the iteration's timetable meant its next request to start; NaN: no timetable. */
  intendedAtMs = Number.NaN;
  readonly waits = new Waits();
  readonly timers: VirtualUserTimers;
  pool: ConnectionPool;
  /** Called when an iteration begins and ends, by modules with state: cookie jars. */
  readonly onIterationStart: (() => void)[] = [];
  #setupData: unknown;
  #hasSetupData = false;

  private constructor(run: TestRun, id: number) {
    this.run = run;
    this.id = id;
    this.env = { ...run.env };
    this.timers = new VirtualUserTimers(this);
    this.pool = new ConnectionPool(run.names, tlsOptions(run));
  }

  /** Runs the script's init code for a new virtual user. @throws what the init code throws */
  static async create(run: TestRun, id: number): Promise<VirtualUser> {
    const made = new VirtualUser(run, id);
    const { timers } = made;
    const runtime = {
      vu: id,
      get iteration() {
        return Math.max(0, made.iteration);
      },
      list: waitingListMethods,
      executor: waitingExecutor,
    };
    made.exports = await run.compiled.makeInstance(
      createK6Modules(made),
      runtime,
      made.env,
      (file: unknown, mode?: unknown) => openFile(made, file, mode),
      scriptConsole(run),
      timers.setTimeout,
      timers.clear,
      timers.setInterval,
      timers.clear,
      run.watch.giveWay,
    );
    made.stage = "idle";
    return made;
  }

  /** Its own copy of what setup returned. */
  setupData(text: string | undefined): unknown {
    if (!this.#hasSetupData) {
      this.#setupData = text === undefined ? undefined : JSON.parse(text);
      this.#hasSetupData = true;
    }
    return this.#setupData;
  }

  /** Replaces what `__ENV` holds; the script keeps the object itself. */
  setEnvironment(env: Readonly<Record<string, string>>): void {
    for (const key of Object.keys(this.env)) delete this.env[key];
    Object.assign(this.env, env);
  }

  /** @throws IterationInterrupted when its time is over: asked by everything that waits */
  checkInterrupted(): void {
    if (this.interrupted) throw new IterationInterrupted();
  }

  /** Gives up whatever it waits for, now and from now on. */
  interrupt(): void {
    this.interrupted = true;
    this.timers.clearAll();
    this.waits.interruptAll();
  }

  sleep(seconds: number): Promise<void> {
    this.checkInterrupted();
    this.hasWaited = true;
    return new Promise((resolve, reject) => {
      const done = () => {
        this.waits.remove(wait);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, seconds * 1000), 2 ** 31 - 1));
      const wait: Wait = {
        interrupt: () => {
          clearTimeout(timer);
          this.waits.remove(wait);
          reject(new IterationInterrupted());
        },
      };
      this.waits.add(wait);
    });
  }

  /** Tags for a sample of its own: `scenario`, `group` and what the script added. */
  sampleTags(added?: Tags): Tags {
    const { systemTags, tags } = this.run.options;
    const all: Record<string, string> = { ...tags, ...this.assignment?.tags, ...this.tags };
    if (this.assignment !== null && systemTags.has("scenario")) all.scenario = this.assignment.scenario;
    if (systemTags.has("group")) all.group = this.group;
    if (systemTags.has("vu")) all.vu = String(this.id);
    if (systemTags.has("iter")) all.iter = String(this.iteration);
    return added === undefined ? all : Object.assign(all, added);
  }

  /** New connections for the next iteration: `noVUConnectionReuse`. */
  replaceConnections(): void {
    this.pool.close();
    this.pool = new ConnectionPool(this.run.names, tlsOptions(this.run));
  }

  /** Monotonic milliseconds at which a request made now was meant to be sent; taken once an iteration. */
  takeIntendedAtMs(nowMs = monotonicMs()): number {
    const intended = this.intendedAtMs;
    this.intendedAtMs = Number.NaN;
    return Number.isNaN(intended) ? nowMs : intended;
  }
}

function tlsOptions(run: TestRun): tls.ConnectionOptions {
  // During the first init there are no options yet, and no requests either.
  const skips = (run.options as TestRun["options"] | undefined)?.insecureSkipTLSVerify === true;
  return {
    rejectUnauthorized: !skips,
    ALPNProtocols: run.offersHttp2 ? ["h2", "http/1.1"] : ["http/1.1"],
  };
}

/** The steps of a capacity search: each a warm-up and a run of the script at one rate, in a folder of its own. */

import path from "node:path";
import { epochMs } from "../clock.js";
import { prepareScript } from "../engine/embedded/prepare-script.js";
import type { PreparedLoad } from "../engine/engine.js";
import { EXIT_CODES } from "../exit-codes.js";
import type { StepVerdict } from "../judge/capacity-search.js";
import { validateThresholds } from "../judge/threshold-validation.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { RunDocument } from "../report/run-document.js";
import type { CommandEnvironment } from "./command-environment.js";
import { driveRecordedRun } from "./drive-recorded-run.js";
import type { OpenTarget } from "./open-target.js";
import { RunFolder } from "./run-folder.js";

/** Share of a step's length that is driven first and not measured. */
const WARMUP_SHARE = 0.2;
/** Arrivals that may be dropped before the rate counts as not reached. */
const MOST_DROPPED_SHARE = 0.01;
/** Seconds of a step in which the generator itself may be busy. */
const MOST_BUSY_SHARE = 0.2;

export interface CapacityStep {
  /** Arrivals a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly verdict: StepVerdict;
  /** The first threshold that failed, or what kept the rate from being reached; null when all held. */
  readonly reason: string | null;
  readonly p99Ms: number | null;
  /** Of the target's event loop, 0 to 1; null without an agent. */
  readonly utilization: number | null;
  /** The step's run, with its report. */
  readonly folder: string;
}

export interface CapacityStepsOptions {
  readonly scriptPath: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Of the generator, at least 1. */
  readonly threads: number;
  readonly commandLine: string;
  /** `--out` */
  readonly outFolder: string | undefined;
  readonly environment: CommandEnvironment;
  readonly target: OpenTarget;
  readonly signal: AbortSignal;
  readonly onStep: (step: CapacityStep) => void;
}

export class CapacitySteps {
  readonly measured: CapacityStep[] = [];
  readonly #options: CapacityStepsOptions;
  #folder: string | null = null;

  constructor(options: CapacityStepsOptions) {
    this.#options = options;
  }

  /** @throws LoopscopeError when the script or the target ends it; the signal's reason when interrupted. */
  async measure(rate: number, durationMs: number): Promise<StepVerdict> {
    const { signal } = this.#options;
    const warmup = await this.#prepare(rate, Math.ceil(durationMs * WARMUP_SHARE));
    const quiet = { onLoadStart: () => undefined, onInterval: () => undefined, onConsole: () => undefined };
    await warmup.run(quiet, [], signal);
    signal.throwIfAborted();
    const load = await this.#prepare(rate, durationMs);
    const { document, busyShare, folder } = await this.#run(load, rate);
    signal.throwIfAborted();
    refuseBrokenRun(document);
    const judged = judgeStep(document, busyShare);
    const step: CapacityStep = {
      rate,
      seconds: durationMs / 1000,
      ...judged,
      p99Ms: document.client.latencyMs?.p99 ?? null,
      utilization: document.target?.eventLoop.utilization ?? null,
      folder,
    };
    this.measured.push(step);
    this.#options.onStep(step);
    return step.verdict;
  }

  #prepare(rate: number, durationMs: number): Promise<PreparedLoad> {
    const { scriptPath, variables, threads } = this.#options;
    const overrides = { rate, duration: `${durationMs}ms` };
    return prepareScript({ scriptPath, env: variables, overrides, threads });
  }

  async #run(load: PreparedLoad, rate: number) {
    const { scriptPath, commandLine, environment, target, signal } = this.#options;
    const folder = await this.#stepFolder(load.name);
    const settings = { engine: "embedded", commandLine, scriptFile: scriptPath, strict: false } as const;
    const thresholds = validateThresholds(load.thresholds, load.declaredMetrics, scriptPath);
    const name = `${load.name}-${rate}`;
    const request = { settings, load, name, thresholds, target, folder, environment, signal };
    const { document, run } = await driveRecordedRun(request);
    const busyShare = run.client.busySeconds / Math.max(1, run.client.seconds);
    return { document, busyShare, folder };
  }

  /** `<out>/1`, `<out>/2` and so on, in the order in which they were run. */
  async #stepFolder(name: string): Promise<string> {
    const { outFolder } = this.#options;
    this.#folder ??= await RunFolder.createForMany(outFolder, `capacity-${name}`, epochMs());
    return path.join(this.#folder, String(this.measured.length + 1));
  }
}

function judgeStep(document: RunDocument, busyShare: number): Pick<CapacityStep, "verdict" | "reason"> {
  const { started, dropped } = document.client.requests;
  const failed = document.thresholds.find(({ ok }) => !ok);
  const droppedShare = dropped / Math.max(1, started + dropped);
  if (failed === undefined && droppedShare <= MOST_DROPPED_SHARE) return { verdict: "holds", reason: null };
  if (busyShare > MOST_BUSY_SHARE) {
    return {
      verdict: "generator",
      reason: `the generator was busy for ${(busyShare * 100).toFixed(0)} % of it`,
    };
  }
  const reason =
    failed === undefined
      ? `${(droppedShare * 100).toFixed(1)} % of the arrivals found no free virtual user`
      : `${failed.metric} ${failed.expression}`;
  return { verdict: "fails", reason };
}

/** A run that a threshold or its own timetable ended is a step; any other end is the end of the search. */
function refuseBrokenRun({ outcome }: RunDocument): void {
  const { exitCode, message, kind } = outcome;
  if (exitCode === EXIT_CODES.passed || exitCode === EXIT_CODES.thresholdsFailed) return;
  const code = exitCode === EXIT_CODES.targetFailed ? "TARGET_DIED" : "SCRIPT_THREW";
  throw new LoopscopeError(code, `the search ended at a step: ${message ?? kind}.`);
}

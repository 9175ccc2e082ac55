/**
 * `compare --ab` with a command a side: each round starts one target, loads it, records the run and stops it.
 * A fresh process a round is the replicate: how the same code differs from start to start (compilation,
 * memory's layout) is then in the intervals (Georges, Buytaert, Eeckhout, OOPSLA 2007), and both may use one
 * port.
 */

import path from "node:path";
import { epochMs } from "../clock.js";
import type { PreparedLoad } from "../engine/engine.js";
import { EXIT_CODES } from "../exit-codes.js";
import { validateThresholds } from "../judge/threshold-validation.js";
import { LoopscopeError } from "../loopscope-error.js";
import { formatMs } from "../report/figure-format.js";
import type { RunDocument } from "../report/run-document.js";
import type { CommandEnvironment } from "./command-environment.js";
import { driveRecordedRun } from "./drive-recorded-run.js";
import type { EndedLoad } from "./finish-run.js";
import { type OpenTarget, openTarget, type TargetRequest } from "./open-target.js";
import { RunFolder } from "./run-folder.js";
import { SIDES, type Side, sidesOfRound } from "./side-order.js";

export interface StartedRoundsOptions {
  readonly targets: Readonly<Record<Side, TargetRequest>>;
  readonly rounds: number;
  readonly settings: EndedLoad["settings"];
  /** `--out`; undefined: below `runs/`. */
  readonly outFolder: string | undefined;
  readonly environment: CommandEnvironment;
  readonly signal: AbortSignal;
  /** @param baseUrl null: only to check what can be checked before a target starts. */
  prepare(baseUrl: string | null): Promise<PreparedLoad>;
  /** A line for the user. */
  say(line: string): void;
}

export interface StartedRounds {
  readonly documents: Readonly<Record<Side, readonly RunDocument[]>>;
  /** Holds `base` and `head`, which hold a run each round. */
  readonly folder: string;
}

/**
 * @throws LoopscopeError TARGET_NOT_STARTED, TARGET_UNREACHABLE or TARGET_DIED that names the side, what the
 * load's preparation throws, or the signal's reason when interrupted.
 */
export async function measureStartedRounds(options: StartedRoundsOptions): Promise<StartedRounds> {
  const { rounds, signal, say } = options;
  const draft = await options.prepare(null);
  thresholdsOf(draft, options);
  const folder = await RunFolder.createForMany(options.outFolder, `compare-${draft.name}`, epochMs());
  const documents: Record<Side, RunDocument[]> = { base: [], head: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const side of sidesOfRound(round)) {
      const place = path.join(folder, side, String(round));
      documents[side].push(await measureRound(options, side, round, place));
      signal.throwIfAborted();
    }
    const figures = SIDES.map((side) => roundFigures(side, documents[side].at(-1)));
    say(`round ${round} of ${rounds}: ${figures.join(", ")}`);
  }
  return { documents, folder };
}

async function measureRound(
  options: StartedRoundsOptions,
  side: Side,
  round: number,
  folder: string,
): Promise<RunDocument> {
  const { settings, environment, signal } = options;
  const target = await startSide(options, side);
  try {
    if (round === 1 && target.silence !== null) {
      options.say(`${side} without an agent: ${target.silence}, so only the client's side is compared`);
    }
    const load = await options.prepare(target.baseUrl);
    const name = `${side}-${round}`;
    const thresholds = thresholdsOf(load, options);
    const request = { settings, load, name, thresholds, target, folder, environment, signal };
    const { document, run } = await driveRecordedRun(request);
    signal.throwIfAborted();
    if (run.targetDeath !== null) {
      const sentence = `${optionOf(side)}: ${run.targetDeath}, in round ${round} of ${options.rounds}.`;
      throw new LoopscopeError("TARGET_DIED", sentence, target.lastOutput());
    }
    refuseBrokenRound(document, side, round);
    return document;
  } finally {
    await target.close();
  }
}

async function startSide(
  { targets, environment, signal }: StartedRoundsOptions,
  side: Side,
): Promise<OpenTarget> {
  try {
    return await openTarget(targets[side], environment, signal);
  } catch (error) {
    if (!(error instanceof LoopscopeError)) throw error;
    throw new LoopscopeError(error.code, `${optionOf(side)}: ${error.message}`, error.details);
  }
}

/** Judged and shown in each round's report; one that ended a round early would make the pair unequal. */
function thresholdsOf(load: PreparedLoad, { settings }: StartedRoundsOptions) {
  const stated = load.thresholds.map((threshold) => ({ ...threshold, abortOnFail: false }));
  return validateThresholds(stated, load.declaredMetrics, settings.scriptFile ?? "the command line");
}

/** Failed requests and thresholds are figures to compare; a script that throws, or ends itself, gives none. */
function refuseBrokenRound({ outcome }: RunDocument, side: Side, round: number): void {
  const { exitCode, message, kind } = outcome;
  if (exitCode === EXIT_CODES.passed || exitCode === EXIT_CODES.thresholdsFailed) return;
  throw new LoopscopeError(
    "SCRIPT_THREW",
    `the comparison ended in round ${round} of ${side}: ${message ?? kind}.`,
  );
}

function roundFigures(side: Side, document: RunDocument | undefined): string {
  const client = document?.client;
  return `${side} ${(client?.throughput.mean ?? 0).toFixed(0)}/s p95 ${formatMs(client?.latencyMs?.p95 ?? null)}`;
}

function optionOf(side: Side): string {
  return `--${side}-command`;
}

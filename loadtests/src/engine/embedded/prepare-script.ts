/** The embedded engine's door: reads and checks a load script, and gives a load that is ready to run. */

import { existsSync } from "node:fs";
import path from "node:path";
import type { PreparedLoad } from "../engine.js";
import { compileScript } from "./compile/compile-script.js";
import { LoadScriptError } from "./load-script-error.js";
import { type OptionOverrides, readScriptOptions } from "./options/script-options.js";
import { runLoad } from "./run/load-run.js";
import { refuseTooManyThreads } from "./run/load-slice.js";
import { isOpen, plannedSeconds, scenarioLine } from "./run/run-plan.js";
import { TestRun } from "./run/test-run.js";
import { VirtualUser } from "./run/virtual-user.js";

export interface PrepareScriptOptions {
  /** Absolute, or relative to the working directory. */
  readonly scriptPath: string;
  /** The script's `__ENV`. */
  readonly env: Readonly<Record<string, string>>;
  /** What the command line states in place of the script's options. */
  readonly overrides: OptionOverrides;
  /** Added to every sample, over `options.tags`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Load before what counts, milliseconds, less than the whole load lasts; 0, the default: all counts. */
  readonly warmupMs?: number;
  /** Threads that share the virtual users, at least 1; 1, the default: all in this one. */
  readonly threads?: number;
  /** URL of the target whose agent is followed: requests to it are named. Left out: none is. */
  readonly namedOrigin?: string;
}

/**
 * Compiles the script, runs its init code once and checks its options; sends nothing.
 * @throws LoadScriptError with one sentence for the user
 */
export async function prepareScript(given: PrepareScriptOptions): Promise<PreparedLoad> {
  const scriptPath = path.resolve(given.scriptPath);
  const compiled = await compileScript(scriptPath);
  const run = new TestRun(compiled, scriptPath, given.env);
  let first: VirtualUser;
  try {
    first = await VirtualUser.create(run, 0);
  } catch (error) {
    throw initError(run, error);
  }
  const functions = Object.entries(first.exports).filter(([, value]) => typeof value === "function");
  const names = new Set(functions.map(([name]) => name));
  const read = readScriptOptions(first.exports.options, given.overrides, names);
  const options = { ...read, tags: { ...read.tags, ...given.tags } };
  const model = options.scenarios.some(isOpen) ? "open" : "closed";
  run.configure(options, model);
  const { namedOrigin } = given;
  if (namedOrigin !== undefined) run.nameRequestsTo(namedOrigin);
  const { warmupMs = 0, threads = 1 } = given;
  refuseTooManyThreads(options.scenarios, threads);
  const loadSeconds = plannedSeconds(options.scenarios);
  refuseLongWarmup(warmupMs, loadSeconds);
  let hasRun = false;
  return {
    name: path.parse(scriptPath).name,
    model,
    plannedSeconds: loadSeconds === null ? null : loadSeconds - warmupMs / 1000,
    thresholds: options.thresholds,
    declaredMetrics: run.metrics.declared(),
    summaryTrendStats: options.summaryTrendStats,
    scenarioLines: [
      ...options.scenarios.map(scenarioLine),
      ...(threads === 1 ? [] : [`virtual users and arrivals are spread over ${threads} threads`]),
      ...(warmupMs === 0 ? [] : [`warm-up: the first ${warmupMs / 1000} s do not count`]),
    ],
    run(listener, selectors, signal) {
      if (hasRun) throw new Error("a prepared load runs once; prepare it again for another run");
      hasRun = true;
      return runLoad(run, first, { listener, selectors, signal, warmupMs, threads, namedOrigin });
    },
  };
}

/** @param loadSeconds null: iterations bound the load, not time */
function refuseLongWarmup(warmupMs: number, loadSeconds: number | null): void {
  if (loadSeconds === null || warmupMs < loadSeconds * 1000) return;
  throw new LoadScriptError(
    "options-invalid",
    `the warm-up must be shorter than the load, which lasts ${loadSeconds} s, got ${warmupMs / 1000} s (--warmup).`,
  );
}

function initError(run: TestRun, error: unknown): LoadScriptError {
  if (error instanceof LoadScriptError) return error;
  const place = run.compiled.stacks.place(error);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const where = place ?? (existsSync(run.scriptPath) ? run.scriptPath : "the script");
  return new LoadScriptError("script-threw", `${where}: the init code threw ${message}`);
}

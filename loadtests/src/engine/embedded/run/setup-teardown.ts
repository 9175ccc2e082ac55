/** The script's `setup` and `teardown`, each within its time. */

import { monotonicMs } from "../../../clock.js";
import { OutcomeError } from "./load-driver.js";
import { EndlessLoop, TestAborted } from "./script-interruption.js";
import type { TestRun } from "./test-run.js";
import type { VirtualUser } from "./virtual-user.js";

/** @returns what setup returned, as JSON text; undefined without anything. @throws an error with an `outcome` */
export async function runSetup(run: TestRun, user: VirtualUser): Promise<string | undefined> {
  const given = await runStage(run, user, "setup", run.options.setupTimeoutMs, undefined);
  return given === undefined ? undefined : JSON.stringify(given);
}

/** @throws an error with an `outcome` */
export async function runTeardown(
  run: TestRun,
  user: VirtualUser,
  setupText: string | undefined,
): Promise<void> {
  const data: unknown = setupText === undefined ? undefined : JSON.parse(setupText);
  await runStage(run, user, "teardown", run.options.teardownTimeoutMs, data);
}

async function runStage(
  run: TestRun,
  user: VirtualUser,
  stage: "setup" | "teardown",
  timeoutMs: number,
  data: unknown,
): Promise<unknown> {
  const body = user.exports[stage];
  if (typeof body !== "function") return undefined;
  user.stage = stage;
  user.group = `::${stage}`;
  user.interrupted = false;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    user.interrupt();
  }, timeoutMs);
  run.watch.allowUntil(monotonicMs() + timeoutMs);
  try {
    const result: unknown = await body(data);
    if (!user.timers.isQuiet) await user.timers.untilQuiet();
    return result;
  } catch (error) {
    if (timedOut || error instanceof EndlessLoop) {
      const place = error instanceof EndlessLoop ? `, in a loop at ${run.compiled.stacks.place(error)}` : "";
      const message = `${stage}() took longer than ${stage}Timeout (${timeoutMs / 1000} s)${place}`;
      throw new OutcomeError({ kind: `${stage}-timeout`, message });
    }
    if (error instanceof TestAborted)
      throw new OutcomeError({ kind: "test-aborted", message: error.message });
    throw new OutcomeError({
      kind: "script-error",
      message: `${stage}(): ${run.compiled.stacks.describe(error)}`,
    });
  } finally {
    clearTimeout(timer);
    run.watch.allowUntil(Number.POSITIVE_INFINITY);
    user.group = "";
    user.stage = "idle";
  }
}

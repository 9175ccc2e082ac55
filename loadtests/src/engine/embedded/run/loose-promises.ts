import { IterationInterrupted } from "./script-interruption.js";
import type { TestRun } from "./test-run.js";

/**
 * Tells, as k6 does, of rejected promises that the script let go in this thread: no reason to stop.
 * @returns ends it
 */
export function reportLoosePromises(run: TestRun): () => void {
  const onUnhandled = (error: unknown): void => {
    if (error instanceof IterationInterrupted) return;
    run.log("error", `Uncaught (in promise) ${run.compiled.stacks.describe(error)}`);
  };
  process.on("unhandledRejection", onUnhandled);
  return () => void process.off("unhandledRejection", onUnhandled);
}

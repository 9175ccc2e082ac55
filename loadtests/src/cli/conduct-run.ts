/** One run from its target's start to its report: what every verb that drives load does. */

import { epochMs } from "../clock.js";
import type { PreparedLoad } from "../engine/engine.js";
import { EXIT_CODES, type ExitCode } from "../exit-codes.js";
import { type ExportSettings, readExportSettings } from "../export/export-settings.js";
import { RunExporter } from "../export/run-exporter.js";
import { type Threshold, validateThresholds } from "../judge/threshold-validation.js";
import { LoopscopeError } from "../loopscope-error.js";
import { exportedThresholds } from "./exported-thresholds.js";
import { finishRun } from "./finish-run.js";
import { foreignText } from "./foreign-text.js";
import { Interruption } from "./interruption.js";
import { LiveProgress } from "./live-progress.js";
import { type OpenTarget, openTarget } from "./open-target.js";
import { RunFolder } from "./run-folder.js";
import { RunInProgress } from "./run-in-progress.js";
import type { RunSettings } from "./run-settings.js";

/** @throws LoopscopeError for what can be known before the load starts. Otherwise the exit code. */
export async function conductRun(settings: RunSettings): Promise<ExitCode> {
  const interruption = new Interruption();
  try {
    // Read before anything starts: a wrong address shall cost nothing.
    const exportSettings = readExportSettings(settings.environment.all);
    const draft = await settings.prepare(null, false);
    const thresholds = validateThresholds(draft.thresholds, draft.declaredMetrics, settings.origin);
    refusePartsOfTotals(settings, thresholds);
    const target = await reachTarget(settings, interruption.signal);
    try {
      const load =
        target.baseUrl === null ? draft : await settings.prepare(target.baseUrl, target.agent !== null);
      return await runAgainst(settings, exportSettings, load, thresholds, target, interruption.signal);
    } finally {
      await target.close();
    }
  } catch (error) {
    if (!interruption.signal.aborted || error instanceof LoopscopeError) throw error;
    process.stderr.write("loopscope: interrupted before the load started\n");
    return EXIT_CODES.interrupted;
  } finally {
    interruption.dispose();
  }
}

/** @throws LoopscopeError INVALID_THRESHOLD: autocannon keeps totals only. */
function refusePartsOfTotals({ engine, origin }: RunSettings, thresholds: readonly Threshold[]): void {
  const window = thresholds.find(
    ({ expression, onTarget }) => (expression.lastSeconds ?? expression.forAll) !== undefined && !onTarget,
  );
  if (engine !== "autocannon" || window === undefined) return;
  const { metric, expression } = window.declaration;
  throw new LoopscopeError(
    "INVALID_THRESHOLD",
    `threshold "${expression}" of metric "${metric}" in ${origin} is invalid: bench keeps totals, so windows are for target_ metrics, and windows and forall for scripts (loopscope run).`,
  );
}

async function reachTarget(settings: RunSettings, signal: AbortSignal): Promise<OpenTarget> {
  const words = settings.target.command.join(" ");
  if (words !== "" && !settings.quiet) process.stderr.write(`starting the target: ${words}\n`);
  const startedAt = epochMs();
  const target = await openTarget(settings.target, settings.environment, signal);
  if (settings.quiet) return target;
  if (words !== "") {
    const seconds = ((epochMs() - startedAt) / 1000).toFixed(1);
    process.stderr.write(`the target accepts connections at ${target.baseUrl} after ${seconds} s\n`);
  }
  if (target.silence !== null) {
    process.stderr.write(`without an agent: ${target.silence}, so only the client's side is measured\n`);
  }
  return target;
}

async function runAgainst(
  settings: RunSettings,
  exportSettings: ExportSettings,
  load: PreparedLoad,
  thresholds: readonly Threshold[],
  target: OpenTarget,
  interruption: AbortSignal,
): Promise<ExitCode> {
  const name = settings.name ?? load.name;
  const folder = await RunFolder.create(settings.outFolder, name, epochMs());
  const colour = process.stderr.isTTY === true && !settings.environment.noColor;
  const { noDataPasses } = settings;
  const say = (line: string): void => progress.say(foreignText(line, settings.environment));
  const testId = settings.testId ?? folder.id;
  const exporter = new RunExporter({
    settings: exportSettings,
    testId,
    name,
    metrics: load.declaredMetrics,
    thresholds: exportedThresholds(thresholds, load.declaredMetrics),
    say,
  });
  const run = new RunInProgress({ load, name, thresholds, target, folder, exporter, noDataPasses, say });
  const progress = new LiveProgress(process.stderr, () => run.progress(), settings.quiet, colour);
  try {
    if (!settings.quiet) for (const line of load.scenarioLines) progress.say(`  ${line}`);
    const result = await run.drive(interruption);
    run.phase = "writing the reports";
    return await finishRun({ settings, load, name, run, target, folder, result }, () => progress.close());
  } finally {
    progress.close();
    await folder.closeTimeline();
  }
}

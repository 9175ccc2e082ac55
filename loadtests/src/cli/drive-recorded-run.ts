/** One of many runs of a verb (a step of a search, a round of a comparison), in a folder of its own. */

import { epochMs } from "../clock.js";
import type { PreparedLoad } from "../engine/engine.js";
import { readExportSettings } from "../export/export-settings.js";
import { RunExporter } from "../export/run-exporter.js";
import type { Threshold } from "../judge/threshold-validation.js";
import type { RunDocument } from "../report/run-document.js";
import type { CommandEnvironment } from "./command-environment.js";
import { exportedThresholds } from "./exported-thresholds.js";
import { type EndedLoad, recordRun } from "./finish-run.js";
import { foreignText } from "./foreign-text.js";
import type { OpenTarget } from "./open-target.js";
import { RunFolder } from "./run-folder.js";
import { RunInProgress } from "./run-in-progress.js";

export interface RecordedRunRequest {
  readonly settings: EndedLoad["settings"];
  readonly load: PreparedLoad;
  readonly name: string;
  readonly thresholds: readonly Threshold[];
  /** Left running. */
  readonly target: OpenTarget;
  /** The run's own folder; made when it is not there. */
  readonly folder: string;
  readonly environment: CommandEnvironment;
  /** Aborting it ends the load; what was measured is still recorded. */
  readonly signal: AbortSignal;
}

export interface RecordedRun {
  readonly document: RunDocument;
  readonly run: RunInProgress;
}

/** Drives the load, writes the run's folder with its reports, and prints nothing but the script's console. */
export async function driveRecordedRun(request: RecordedRunRequest): Promise<RecordedRun> {
  const { settings, load, name, thresholds, target, environment, signal } = request;
  const folder = await RunFolder.create(request.folder, name, epochMs());
  const say = (line: string): void => void process.stderr.write(`${foreignText(line, environment)}\n`);
  const exporter = new RunExporter({
    settings: readExportSettings(environment.all),
    testId: folder.id,
    name,
    metrics: load.declaredMetrics,
    thresholds: exportedThresholds(thresholds, load.declaredMetrics),
    say,
  });
  const run = new RunInProgress({
    load,
    name,
    thresholds,
    target,
    folder,
    exporter,
    noDataPasses: false,
    say,
  });
  const result = await run.drive(signal);
  const document = await recordRun({ settings, load, name, run, target, folder, result });
  return { document, run };
}

/** After the load: judges, diagnoses, writes the run's folder, prints the summary, decides the exit code. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { diagnoseRun } from "../diagnose/diagnose-run.js";
import { gatherEvidence } from "../diagnose/run-evidence.js";
import type { EngineResult, PreparedLoad } from "../engine/engine.js";
import type { ExitCode } from "../exit-codes.js";
import { auditTrust } from "../judge/trust-audit.js";
import { githubAnnotations } from "../report/github-actions.js";
import type { JunitOptions } from "../report/junit-document.js";
import { renderMarkdownSummary } from "../report/markdown-summary.js";
import type { RunDocument } from "../report/run-document.js";
import { readRunTimeline } from "../report/run-timeline.js";
import { renderRunSummary } from "../report/terminal-summary.js";
import { REPORT_FILES, writeRunReports } from "../report/write-run-reports.js";
import { appendStepSummary } from "./append-step-summary.js";
import {
  buildRunDocument,
  summarizeLatency,
  thresholdResults,
  withTotalFailure,
} from "./build-run-document.js";
import { readCommandEnvironment } from "./command-environment.js";
import { foreignText } from "./foreign-text.js";
import type { OpenTarget } from "./open-target.js";
import { repositoryPath } from "./repository-path.js";
import type { RunFolder } from "./run-folder.js";
import type { RunInProgress } from "./run-in-progress.js";
import { decideOutcome } from "./run-outcome.js";
import type { RunSettings } from "./run-settings.js";
import { readGitState, readMachine } from "./run-surroundings.js";
import { findThresholdLines } from "./threshold-lines.js";

/** A load that has ended, and what its record needs. */
export interface EndedLoad {
  readonly settings: Pick<RunSettings, "engine" | "commandLine" | "scriptFile" | "strict">;
  readonly load: PreparedLoad;
  readonly name: string;
  readonly run: RunInProgress;
  readonly target: OpenTarget;
  readonly folder: RunFolder;
  readonly result: EngineResult;
}

export interface FinishedLoad extends EndedLoad {
  readonly settings: RunSettings;
}

/** Judges and diagnoses the run and writes its folder; prints nothing. */
export async function recordRun(ended: EndedLoad): Promise<RunDocument> {
  const { settings, folder, result } = ended;
  for (const request of result.slowest) folder.append({ type: "slow", request });
  for (const request of result.sample ?? []) folder.append({ type: "sampled", request });
  folder.append({ type: "end", at: result.endedAt });
  await folder.closeTimeline();
  const document = await describeRun(ended);
  await folder.write("run.json", `${JSON.stringify(document, null, 2)}\n`);
  await writeRunReports(folder.path, document, {
    latency: result.latency,
    junit: junitOptions(settings.scriptFile),
  });
  return document;
}

/** @param beforePrinting clears the live progress away. */
export async function finishRun(finished: FinishedLoad, beforePrinting: () => void): Promise<ExitCode> {
  const { run, target } = finished;
  const document = await recordRun(finished);
  beforePrinting();
  await printResults(finished, document);
  if (run.targetDeath !== null) {
    process.stderr.write(`loopscope: ${run.targetDeath}; its last output:\n`);
    for (const line of target.lastOutput()) {
      process.stderr.write(`  | ${foreignText(line, finished.settings.environment)}\n`);
    }
  }
  return document.outcome.exitCode as ExitCode;
}

async function describeRun(ended: EndedLoad): Promise<RunDocument> {
  const { settings, load, name, run, target, folder, result } = ended;
  const durationSeconds = (result.endedAt - result.startedAt) / 1000;
  const { agent } = target;
  const record = agent === null ? null : run.targetEvidence.toRecord(agent.pid, agent.node);
  const isWhole = result.outcome.kind === "completed";
  const thresholds = withTotalFailure(thresholdResults(run.judge(result.source)), result.requests, isWhole);
  const trust = auditTrust({
    model: load.model,
    busySeconds: run.client.busySeconds,
    busiestThread: run.client.busiestThread,
    seconds: run.client.seconds,
    scheduleSlip: result.scheduleSlip,
    serviceTime: result.serviceTime,
    meanInFlight: result.meanInFlight,
    durationSeconds,
    requests: result.requests,
    missingFrames: run.targetEvidence.missingFrames,
  });
  const outcome = decideOutcome(result, thresholds, trust, settings.strict);
  const timeline = await readRunTimeline(path.join(folder.path, "timeline.ndjson"));
  const facts = {
    model: load.model,
    result,
    latencyMs: summarizeLatency(result.latency),
    thresholds,
    target: record,
  };
  return buildRunDocument({
    id: folder.id,
    name,
    engine: settings.engine,
    command: settings.commandLine,
    git: await readGitState(process.cwd()),
    machine: readMachine(),
    model: load.model,
    result,
    throughput: run.client.throughput(result.requests.completed, durationSeconds),
    target: record,
    thresholds,
    trust,
    findings: diagnoseRun(gatherEvidence(facts, timeline)),
    outcome: run.targetDeath === null ? outcome : { ...outcome, message: run.targetDeath },
  });
}

async function printResults(finished: FinishedLoad, document: RunDocument): Promise<void> {
  const { settings, folder, result } = finished;
  const report = path.relative(process.cwd(), path.join(folder.path, REPORT_FILES.html));
  const custom = result.customSummary ?? {};
  for (const [name, text] of Object.entries(custom)) {
    if (name === "stdout" || name === "stderr") continue;
    await mkdir(path.dirname(path.resolve(name)), { recursive: true });
    await writeFile(name, text);
  }
  if (custom.stderr !== undefined) process.stderr.write(custom.stderr);
  const style = {
    colour: process.stdout.isTTY === true && !settings.environment.noColor,
    columns: Math.max(40, process.stdout.columns ?? 100),
  };
  const printed = settings.printAs?.(result) ?? (settings.json ? document : undefined);
  if (printed !== undefined) process.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
  else if (custom.stdout !== undefined) process.stdout.write(`${custom.stdout}\nreport  ${report}\n`);
  else {
    const summary = renderRunSummary(document, style, report);
    process.stdout.write(`\n${foreignText(summary, settings.environment)}\n`);
  }
  await tellGithub(settings, document);
}

async function tellGithub(settings: RunSettings, document: RunDocument): Promise<void> {
  const { githubActions, githubStepSummary: summaryFile, repositoryFolder } = settings.environment;
  if (!githubActions) return;
  const source =
    settings.scriptFile === null ? "" : await readFile(settings.scriptFile, "utf8").catch(() => "");
  const annotations = githubAnnotations(document, {
    scriptFile: settings.scriptFile === null ? null : repositoryPath(settings.scriptFile, repositoryFolder),
    thresholdLines: findThresholdLines(source, document.thresholds),
    ...(repositoryFolder === undefined ? {} : { baseFolder: repositoryFolder }),
  });
  // GitHub reads commands from both streams; standard output may be promised to run.json.
  const promised = settings.json || settings.printAs !== undefined;
  const output = promised ? process.stderr : process.stdout;
  for (const line of annotations) output.write(`${line}\n`);
  await appendStepSummary(summaryFile, renderMarkdownSummary(document, process.cwd()));
}

function junitOptions(scriptFile: string | null): JunitOptions {
  const { gitlabCi, repositoryFolder } = readCommandEnvironment();
  return {
    scriptFile: scriptFile === null ? null : repositoryPath(scriptFile, repositoryFolder),
    fileOnCases: gitlabCi,
  };
}

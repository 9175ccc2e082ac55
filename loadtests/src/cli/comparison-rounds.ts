/** The rounds of a comparison: figures of equal stretches of load, from one run's timeline or from many runs. */

import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { LogLinearHistogram } from "@loopscope/agent/catalog";
import { MIN_PAIRS } from "../judge/paired-comparison.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { TimelineLine } from "../measure/timeline-line.js";
import type { RunDocument } from "../report/run-document.js";
import { type Round, roundOfRun } from "./comparison-round.js";
import { readRun } from "./report-verb.js";
import { TargetStretch } from "./target-stretch.js";

/** Stretches that one run is cut into. */
const SLICES = 10;

export interface RoundsOfSide {
  readonly rounds: readonly Round[];
  /** One run cut into pieces: the noise between runs is not in it. */
  readonly isOneRun: boolean;
}

/** @param given a run's folder or its run.json, or a folder that holds several runs. */
export async function readRounds(given: string): Promise<RoundsOfSide> {
  const below = await runsBelow(given);
  if (below.length > 0) {
    const documents = await Promise.all(below.map(async (folder) => (await readRun(folder)).document));
    const inOrder = documents.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    if (inOrder.length < MIN_PAIRS) {
      throw new LoopscopeError(
        "INVALID_RUN",
        `${given} must hold at least ${MIN_PAIRS} runs to compare run by run, got ${inOrder.length}.`,
      );
    }
    return { rounds: inOrder.map(roundOfRun), isOneRun: false };
  }
  const { folder, document } = await readRun(given);
  return { rounds: await slicesOfRun(folder, document), isOneRun: true };
}

async function runsBelow(given: string): Promise<readonly string[]> {
  const isFolder = (await stat(given).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) return [];
  const names = await readdir(given);
  if (names.includes("run.json")) return [];
  const folders = names.map((name) => path.join(given, name));
  const found = await Promise.all(
    folders.map(
      async (folder) => (await stat(path.join(folder, "run.json")).catch(() => undefined)) !== undefined,
    ),
  );
  return folders.filter((_, index) => found[index]);
}

interface Slice {
  readonly latency: LogLinearHistogram;
  completed: number;
  failed: number;
  started: number;
  seconds: number;
  readonly target: TargetStretch;
}

async function slicesOfRun(folder: string, document: RunDocument): Promise<readonly Round[]> {
  const startedAt = Date.parse(document.startedAt);
  const sliceMs = (document.durationSeconds * 1000) / SLICES;
  if (document.durationSeconds < SLICES) {
    throw new LoopscopeError(
      "INVALID_RUN",
      `${folder} must have lasted at least ${SLICES} s to be compared, it lasted ${document.durationSeconds} s.`,
    );
  }
  const slices = Array.from({ length: SLICES }, emptySlice);
  const sliceAt = (middle: number): Slice | undefined => slices[Math.floor((middle - startedAt) / sliceMs)];
  const lines = createInterface({ input: createReadStream(path.join(folder, document.timeline.frames)) });
  for await (const text of lines) {
    const line = parseLine(text);
    if (line?.type === "client") {
      const { interval } = line;
      const slice = sliceAt(interval.at - interval.durationMs / 2);
      if (slice === undefined) continue;
      slice.latency.addSnapshot(interval.latency);
      slice.completed += interval.completed;
      slice.failed += interval.failed;
      slice.started += interval.started;
      slice.seconds += interval.durationMs / 1000;
    } else if (line?.type === "frame") {
      sliceAt(line.frame.at - line.frame.windowMs / 2)?.target.addFrame(line.frame);
    } else if (line?.type === "block") {
      sliceAt(line.block.at + line.block.durationMs / 2)?.target.addBlock(line.block);
    }
  }
  return slices.map(roundOfSlice);
}

function roundOfSlice({ latency, completed, failed, started, seconds, target }: Slice): Round {
  const quantileMs = (share: number): number | null =>
    latency.count === 0 ? null : latency.quantile(share) / 1000;
  return {
    failedShare: started === 0 ? 0 : failed / started,
    throughput: seconds > 0 ? completed / seconds : null,
    meanMs: latency.count === 0 ? null : latency.mean / 1000,
    p50Ms: quantileMs(0.5),
    p95Ms: quantileMs(0.95),
    p99Ms: quantileMs(0.99),
    target: target.toRound(completed),
  };
}

function emptySlice(): Slice {
  const latency = new LogLinearHistogram(10);
  return { latency, completed: 0, failed: 0, started: 0, seconds: 0, target: new TargetStretch() };
}

function parseLine(text: string): TimelineLine | undefined {
  try {
    return JSON.parse(text) as TimelineLine;
  } catch {
    return undefined;
  }
}

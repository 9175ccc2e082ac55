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
import { readRun } from "./report-verb.js";

/** Stretches that one run is cut into. */
const SLICES = 10;

/** What one round came to; null where it was not measured. */
export interface Round {
  readonly failedShare: number;
  readonly throughput: number | null;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Milliseconds of the target's processor time for each answered request. */
  readonly cpuMsPerRequest: number | null;
}

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

export function roundOfRun({ client, target }: RunDocument): Round {
  const { latencyMs, requests, throughput } = client;
  const cpuCores = target?.cpuCores.mean ?? null;
  return {
    failedShare: requests.started === 0 ? 0 : requests.failed / requests.started,
    throughput: throughput.mean,
    meanMs: latencyMs?.mean ?? null,
    p50Ms: latencyMs?.p50 ?? null,
    p95Ms: latencyMs?.p95 ?? null,
    p99Ms: latencyMs?.p99 ?? null,
    cpuMsPerRequest: cpuCores === null || throughput.mean <= 0 ? null : (cpuCores * 1000) / throughput.mean,
  };
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
  cpuSeconds: number;
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
      const { frame } = line;
      const slice = sliceAt(frame.at - frame.windowMs / 2);
      if (slice === undefined) continue;
      slice.cpuSeconds += ((frame.cpu.userCores + frame.cpu.systemCores) * frame.windowMs) / 1000;
    }
  }
  return slices.map(roundOfSlice);
}

function roundOfSlice({ latency, completed, failed, started, seconds, cpuSeconds }: Slice): Round {
  const quantileMs = (share: number): number | null =>
    latency.count === 0 ? null : latency.quantile(share) / 1000;
  return {
    failedShare: started === 0 ? 0 : failed / started,
    throughput: seconds > 0 ? completed / seconds : null,
    meanMs: latency.count === 0 ? null : latency.mean / 1000,
    p50Ms: quantileMs(0.5),
    p95Ms: quantileMs(0.95),
    p99Ms: quantileMs(0.99),
    cpuMsPerRequest: cpuSeconds > 0 && completed > 0 ? (cpuSeconds * 1000) / completed : null,
  };
}

function emptySlice(): Slice {
  return {
    latency: new LogLinearHistogram(10),
    completed: 0,
    failed: 0,
    started: 0,
    seconds: 0,
    cpuSeconds: 0,
  };
}

function parseLine(text: string): TimelineLine | undefined {
  try {
    return JSON.parse(text) as TimelineLine;
  } catch {
    return undefined;
  }
}

/**
 * What share of the slow requests a fault really explains: the requests that the run kept, joined with the
 * fault's own log by the same definition as the diagnosis's (half of what a request took beyond the usual).
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  countOf,
  explainedShare,
  overlapMs,
  type SlowRequests,
  slowRequests,
} from "../src/diagnose/slow-requests.js";
import type { SlowRequest } from "../src/engine/engine.js";
import type { RunDocument } from "../src/report/run-document.js";
import { readRunTimeline } from "../src/report/run-timeline.js";
import type { FaultHold } from "../targets/service/fault-log.js";

/** Holds by whom they concern, ready to be asked request by request. */
interface Holds {
  /** In order of their beginning; overlapping ones are one. */
  readonly ofEveryone: readonly Pick<FaultHold, "from" | "to">[];
  /** Those of single requests, by their `X-Request-Id`. */
  readonly byRequest: ReadonlyMap<string, readonly FaultHold[]>;
}

export interface SharesOfRun {
  /** Slow requests that the sample stands for. */
  readonly slowCount: number;
  /** 0..1, of one fault; null where no request was slow, or the fault has no log. */
  trueShareOf(fault: string): number | null;
}

/** @param folder the run's; `logFile` what the target wrote under `FAULT_LOG`, which may be missing. */
export async function readTrueShares(folder: string, logFile: string): Promise<SharesOfRun> {
  const document = JSON.parse(await readFile(path.join(folder, "run.json"), "utf8")) as RunDocument;
  const timeline = await readRunTimeline(path.join(folder, "timeline.ndjson"));
  const kept = timeline.sampled.length > 0 ? timeline.sampled : timeline.slowest;
  const slow = slowRequests({
    thresholds: document.thresholds,
    latencyMs: document.client.latencyMs,
    kept,
  });
  const log = await readFile(logFile, "utf8").catch(() => "");
  const holds = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as FaultHold);
  return {
    slowCount: countOf(slow.requests),
    trueShareOf: (fault) =>
      trueShare(
        slow,
        holds.filter((hold) => hold.fault === fault),
      ),
  };
}

/** Share (0..1) of the slow requests that the holds of one fault explain; null of no request or no hold. */
export function trueShare(slow: SlowRequests, holds: readonly FaultHold[]): number | null {
  if (slow.requests.length === 0 || holds.length === 0) return null;
  const sorted = sortedHolds(holds);
  return explainedShare(slow, (request) => heldMs(request, sorted));
}

function sortedHolds(holds: readonly FaultHold[]): Holds {
  const ofEveryone: { from: number; to: number }[] = [];
  const byRequest = new Map<string, FaultHold[]>();
  for (const hold of holds.toSorted((a, b) => a.from - b.from)) {
    const last = ofEveryone.at(-1);
    if (hold.whom === "request") {
      const id = hold.request;
      if (id !== null) byRequest.set(id, [...(byRequest.get(id) ?? []), hold]);
    } else if (last !== undefined && hold.from <= last.to) last.to = Math.max(last.to, hold.to);
    else ofEveryone.push({ from: hold.from, to: hold.to });
  }
  return { ofEveryone, byRequest };
}

function heldMs(request: SlowRequest, { ofEveryone, byRequest }: Holds): number {
  const own = request.id === undefined ? [] : (byRequest.get(request.id) ?? []);
  return overlapMs(request, [...ofEveryone, ...own]);
}

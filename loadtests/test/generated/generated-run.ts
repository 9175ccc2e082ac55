/** A whole generated run: its folder, its timeline, and the document that belongs to it. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { finished } from "node:stream/promises";
import { type Frame, type HistogramSnapshot, histogramFromSnapshot } from "@loopscope/agent/catalog";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import { gatherEvidence } from "../../src/diagnose/run-evidence.js";
import type { LatencySummaryMs, RunDocument, TargetRecord } from "../../src/report/run-document.js";
import { readRunTimeline } from "../../src/report/run-timeline.js";
import { generatedLines, slowestOf } from "./generated-frames.js";
import { type GeneratedLoad, type GeneratedLoadOptions, generateLoad, latencyOf } from "./generated-load.js";

export const USUAL_LOAD: GeneratedLoadOptions = {
  seconds: 30,
  ratePerSecond: 97,
  blockEverySeconds: 2,
  blockMs: 180,
  failOneIn: 400,
};

export interface GeneratedRun {
  readonly load: GeneratedLoad;
  readonly document: RunDocument;
  readonly latency: HistogramSnapshot;
}

/** Writes `timeline.ndjson` into the folder and gives the document that `run.json` would hold. */
export async function writeGeneratedRun(
  folder: string,
  options: GeneratedLoadOptions = USUAL_LOAD,
  agent = true,
): Promise<GeneratedRun> {
  const load = generateLoad(options);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, "timeline.ndjson");
  const stream = createWriteStream(file);
  let lastFrame: Frame | null = null;
  const frames: Frame[] = [];
  for (const line of generatedLines(load, agent)) {
    if (line.type === "frame") {
      lastFrame = line.frame;
      frames.push(line.frame);
    }
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  const latency = latencyOf(load.requests);
  const bare = bareDocument(options, load, latency, agent ? targetRecord(load, frames, lastFrame) : null);
  const evidence = gatherEvidence(
    {
      model: "open",
      result: {
        startedAt: load.startedAt,
        endedAt: load.endedAt,
        requests: bare.client.requests,
        slowest: slowestOf(load),
        byName: [{ byStatus: { "200": bare.client.requests.completed - bare.client.requests.failed } }],
      },
      latencyMs: bare.client.latencyMs,
      thresholds: bare.thresholds,
      target: bare.target,
    },
    await readRunTimeline(file),
  );
  return { load, latency, document: { ...bare, findings: diagnoseRun(evidence) } };
}

export function latencySummary(snapshot: HistogramSnapshot): LatencySummaryMs | null {
  if (snapshot.count === 0) return null;
  const histogram = histogramFromSnapshot(snapshot);
  const at = (fraction: number): number => histogram.quantile(fraction) / 1000;
  return {
    mean: histogram.mean / 1000,
    min: histogram.min / 1000,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: histogram.max / 1000,
  };
}

function bareDocument(
  options: GeneratedLoadOptions,
  load: GeneratedLoad,
  latency: HistogramSnapshot,
  target: TargetRecord | null,
): RunDocument {
  const failed = load.requests.filter((request) => request.failed).length;
  const names = [...new Set(load.requests.map((request) => request.name))].sort();
  const p95 = latencySummary(latency)?.p95 ?? null;
  const blocked = target !== null && target.blockCount > 0;
  return {
    schema: "loopscope/run/1",
    id: "20261120-200000-users",
    name: "users",
    startedAt: new Date(load.startedAt).toISOString(),
    durationSeconds: options.seconds,
    engine: "embedded",
    command: "loopscope run scenarios/users.ts -- node targets/users.js",
    git: { commit: "0123456789abcdef0123456789abcdef01234567", branch: "main", dirty: true },
    machine: { cpus: 4, node: "v20.20.2", os: "linux x64 6.1.0" },
    client: {
      model: "open",
      requests: {
        started: load.requests.length,
        completed: load.requests.length,
        failed,
        timedOut: 0,
        dropped: 0,
        unfinished: 0,
      },
      throughput: {
        mean: load.requests.length / options.seconds,
        min: options.ratePerSecond - 12,
        max: options.ratePerSecond + 14,
      },
      latencyMs: latencySummary(latency),
      byName: names.map((name) => {
        const own = load.requests.filter((request) => request.name === name);
        return {
          name,
          method: name.split(" ")[0] ?? "GET",
          requests: own.length,
          failed: own.filter((request) => request.failed).length,
          latencyMs: latencySummary(latencyOf(own)),
        };
      }),
      checks: [
        {
          name: "status is 200",
          path: "::status is 200",
          passes: load.requests.length - failed,
          fails: failed,
        },
      ],
      metrics: {
        http_reqs: {
          name: "http_reqs",
          tags: {},
          type: "counter",
          contents: "default",
          values: { count: load.requests.length, rate: load.requests.length / options.seconds },
        },
        http_req_waiting: {
          name: "http_req_waiting",
          tags: {},
          type: "trend",
          contents: "time",
          values: { avg: 12.5, "p(90)": 30.25, "p(95)": p95 ?? 0 },
        },
        checks: {
          name: "checks",
          tags: {},
          type: "rate",
          contents: "default",
          values: {
            rate: 1 - failed / load.requests.length,
            passes: load.requests.length - failed,
            fails: failed,
          },
        },
      },
    },
    target,
    thresholds: [
      {
        metric: "http_req_duration",
        expression: "p(95)<50",
        actual: p95,
        ok: (p95 ?? 0) < 50,
        abortOnFail: false,
        note: null,
      },
      {
        metric: "http_req_failed",
        expression: "rate<0.01",
        actual: failed / Math.max(1, load.requests.length),
        ok: true,
        abortOnFail: false,
        note: null,
      },
      ...(target === null
        ? []
        : [
            {
              metric: "target_blocks",
              expression: "count==0",
              actual: target.blockCount,
              ok: !blocked,
              abortOnFail: false,
              note: null,
            },
          ]),
    ],
    trust: { ok: true, reasons: [] },
    findings: [],
    timeline: { intervalSeconds: 1, frames: "timeline.ndjson" },
    outcome: { kind: "completed", message: null, exitCode: blocked || (p95 ?? 0) >= 50 ? 99 : 0 },
  };
}

function targetRecord(
  load: GeneratedLoad,
  frames: readonly Frame[],
  last: Frame | null,
): TargetRecord | null {
  if (last === null) return null;
  const mean = (pick: (frame: Frame) => number): number =>
    frames.reduce((sum, frame) => sum + pick(frame), 0) / frames.length;
  const most = (pick: (frame: Frame) => number): number => Math.max(...frames.map(pick));
  return {
    pid: last.pid,
    node: "v20.20.2",
    eventLoop: {
      delayMs: {
        mean: mean((frame) => frame.eventLoop.delay.meanMs ?? 0),
        p50: mean((frame) => frame.eventLoop.delay.p50Ms ?? 0),
        p99: most((frame) => frame.eventLoop.delay.p99Ms ?? 0),
        max: most((frame) => frame.eventLoop.delay.maxMs ?? 0),
      },
      utilization: mean((frame) => frame.eventLoop.utilization),
    },
    blocks: [...load.blocks].sort((a, b) => b.durationMs - a.durationMs).slice(0, 1000),
    blockCount: load.blocks.length,
    blockedMs: load.blocks.reduce((sum, block) => sum + block.durationMs, 0),
    startupBlocks: [],
    http: { byRoute: last.http.byRoute },
    memory: {
      rssBytes: {
        mean: mean((f) => f.memory.rssBytes),
        max: most((f) => f.memory.rssBytes),
        end: last.memory.rssBytes,
      },
      heapUsedBytes: {
        mean: mean((f) => f.memory.heapUsedBytes),
        max: most((f) => f.memory.heapUsedBytes),
        end: last.memory.heapUsedBytes,
      },
      heapLimitBytes: last.memory.heapLimitBytes,
      heapGrowthBytesPerSecond: frames.length < 30 ? null : 2000,
    },
    gc: {
      collections: frames.reduce((sum, frame) => sum + frame.gc.collections, 0),
      pauseMs: frames.reduce((sum, frame) => sum + frame.gc.pauseMs, 0),
      maxPauseMs: most((frame) => frame.gc.maxPauseMs),
    },
    cpuCores: {
      mean: mean((f) => f.cpu.userCores + f.cpu.systemCores),
      max: most((f) => f.cpu.userCores + f.cpu.systemCores),
    },
    queues: [],
    pools: last.pools,
  };
}

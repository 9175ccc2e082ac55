/** Evidence from a row of a truth table: see `diagnosis.test.ts` for what the cells mean. */

import type { Block, BlockCause, DurationSummary, QueueFrame } from "@loopscope/agent/catalog";
import type { RunEvidence } from "../../src/diagnose/run-evidence.js";
import type { SlowRequest } from "../../src/engine/engine.js";
import type { ClientSecond, TargetSecond } from "../../src/report/run-timeline.js";

const START = 1_795_204_800_000;
const SECONDS = 30;
const SLOW_COUNT = 100;

export function evidenceOf(cells: Readonly<Record<string, string>>): RunEvidence {
  const number = (name: string): number => {
    const value = Number(cells[name] ?? "0");
    return Number.isFinite(value) ? value : 0;
  };
  const slowMs = number("slow");
  const slowest = slowMs === 0 ? [] : slowRequestsOf(slowMs, number("late"));
  const blocks = blocksOver(slowest, cells.blocks ?? "-");
  const limit = cells.limit ?? "-";
  const failed = Math.round(3000 * number("failed"));
  const thresholds =
    limit === "-"
      ? []
      : [
          {
            metric: "http_req_duration",
            expression: `p(95)<${limit}`,
            actual: 5,
            ok: true,
            abortOnFail: false,
            note: null,
          },
        ];
  const frames = Array.from({ length: SECONDS }, (_, index) => frameOf(index, blocks, number));
  return {
    model: "open",
    startedAt: START,
    endedAt: START + SECONDS * 1000,
    requests: { started: 3000, completed: 3000, failed, timedOut: 0, dropped: 0, unfinished: 0 },
    iterations: null,
    interrupted: 0,
    latencyMs: {
      mean: 8,
      min: 2,
      p50: 5,
      p75: 6,
      p90: 8,
      p95: 10,
      p99: slowMs || 12,
      p999: slowMs || 14,
      max: slowMs || 15,
    },
    byStatus: { "200": 3000 - failed, "500": failed },
    errors: [],
    kept: slowest,
    thresholds,
    client: Array.from({ length: SECONDS }, (_, index) =>
      clientSecondOf(index, number("late"), number("gen") || 0.2),
    ),
    target: targetOf(number("loop")),
    frames,
    heapLeft: null,
    blocks,
    computing: [],
  };
}

/** One each 300 ms, ending within the run. */
function slowRequestsOf(tookMs: number, lateMs: number): readonly SlowRequest[] {
  return Array.from({ length: SLOW_COUNT }, (_, index) => {
    const intendedAt = START + index * 290;
    return {
      name: "POST /users",
      method: "POST",
      status: 200,
      intendedAt,
      sentAt: intendedAt + lateMs,
      firstByteAt: intendedAt + tookMs - 1,
      endAt: intendedAt + tookMs,
      censored: false,
    };
  });
}

/** `cause`, `cause /2` (every second request), `cause /5 +1` (every fifth, from the second on). */
function blocksOver(requests: readonly SlowRequest[], cell: string): readonly Block[] {
  const match = /^([a-z-]+)(?: \/(\d+))?(?: \+(\d+))?$/.exec(cell);
  if (match === null || cell === "-") return [];
  const every = Number(match[2] ?? 1);
  const offset = Number(match[3] ?? 0);
  return requests
    .filter((_, index) => index % every === offset)
    .map((request, index) => blockOf(match[1] as BlockCause, request, index));
}

function blockOf(cause: BlockCause, request: SlowRequest, index: number): Block {
  const coded = !["gc", "host", "many-tasks", "unknown"].includes(cause);
  const frame = { function: "culprit", file: "/srv/app/a.ts", line: 7, column: 3 };
  return {
    id: `${cause}-${index}`,
    at: request.intendedAt + 2,
    durationMs: (request.endAt - request.intendedAt) * 0.9,
    cause,
    function: coded ? `culprit` : null,
    file: coded ? frame.file : null,
    line: coded ? (cause === "regexp" ? 9 : 7) : null,
    column: coded ? 3 : null,
    userFrame: null,
    stack: coded ? [frame] : [],
    samples: 5,
    selfShare: 1,
    confidence: coded ? "exact" : "unknown",
    route: coded ? "/users" : null,
    method: coded ? "POST" : null,
    traceId: null,
    spanId: null,
    requestId: null,
    thread: "main",
    evidence: {
      cpuMs: null,
      runQueueMs: cause === "host" ? 250 : null,
      gcMs: null,
      nativeCall: null,
      nativeCallMs: null,
      watchdogLateMs: null,
      victimDelayMs: null,
      victims: null,
    },
    profile: [],
  };
}

function frameOf(index: number, blocks: readonly Block[], number: (name: string) => number): TargetSecond {
  const at = START + (index + 1) * 1000;
  const within = blocks.filter((block) => block.at >= at - 1000 && block.at < at);
  const wait = number("queue");
  const queue: QueueFrame = {
    name: "work",
    length: 3,
    capacity: 100,
    activeWorkers: 2,
    completed: 10,
    failed: 0,
    timedOut: 0,
    rejected: 0,
    wait: waitOf(wait),
    task: waitOf(20),
  };
  return {
    at,
    windowMs: 1000,
    delayP50Ms: 1,
    delayP99Ms: 3,
    delayMaxMs: Math.max(5, number("runq")),
    utilization: number("loop"),
    blockedMs: within.reduce((sum, block) => sum + block.durationMs, 0),
    activeRequests: 3,
    rssBytes: 1e8,
    heapUsedBytes: 5e7,
    heapFloorBytes: null,
    gcPauseMs: number("gc"),
    gcMaxPauseMs: number("gc"),
    cpuCores: 0.4,
    runQueueMs: number("runq"),
    threadPoolDelayMs: number("uv"),
    queues: wait === 0 ? [] : [queue],
    requests: 100,
    routes: [],
    downstream: [],
    pools:
      number("pool") === 0
        ? []
        : [{ name: "db", used: 5, idle: 0, max: 5, pending: 9, timeouts: 0, wait: waitOf(number("pool")) }],
  };
}

function waitOf(ms: number): DurationSummary {
  return { count: 10, meanMs: ms, p50Ms: ms, p90Ms: ms, p95Ms: ms, p99Ms: ms, maxMs: ms };
}

function clientSecondOf(index: number, lateMs: number, utilization: number): ClientSecond {
  return {
    at: START + (index + 1) * 1000,
    durationMs: 1000,
    elapsedSeconds: index + 1,
    startedPerSecond: 100,
    completedPerSecond: 100,
    failedPerSecond: 0,
    droppedPerSecond: 0,
    inFlight: 3,
    activeVus: 10,
    p50Ms: 5,
    p95Ms: 10,
    p99Ms: 12,
    maxMs: 15,
    slipP99Ms: lateMs,
    generatorUtilization: utilization,
  };
}

function targetOf(utilization: number): RunEvidence["target"] {
  return {
    pid: 1,
    node: "v20.20.2",
    eventLoop: { delayMs: { mean: 1, p50: 1, p99: 3, max: 5 }, utilization },
    blocks: [],
    blockCount: 0,
    blockedMs: 0,
    startupBlocks: [],
    http: { byRoute: [] },
    memory: {
      rssBytes: { mean: 1e8, max: 1e8, end: 1e8 },
      heapUsedBytes: { mean: 5e7, max: 5e7, end: 5e7 },
      heapLimitBytes: 2 ** 31,
      heapGrowthBytesPerSecond: null,
    },
    gc: { collections: 10, pauseMs: 20, maxPauseMs: 3 },
    cpuCores: { mean: 0.4, max: 0.5 },
    queues: [],
    pools: [],
  };
}

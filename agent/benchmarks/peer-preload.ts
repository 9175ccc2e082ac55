/**
 * Preloaded in place of our agent: runs a peer the way its documentation says, and prints what it knows of
 * each block in the form that the scorecard judges. Source maps, which the peers leave to their servers, are
 * applied for them. LOOPSCOPE_PEER names the peer, LOOPSCOPE_PEERS_FOLDER where it is installed.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { isMainThread, threadId, Worker } from "node:worker_threads";
import type { RawFrame } from "../src/eventloop/block-report";
import { SourceMapReader } from "../src/eventloop/source-map-reader";
import { framesOfText } from "../src/eventloop/stack-text";

const THRESHOLD_MS = 50;
const BEAT_MS = 20;
const { LOOPSCOPE_PEER: peer, LOOPSCOPE_PEERS_FOLDER: folder } = process.env;

type BlockedAt = (
  onBlock: (timeMs: number, stack: readonly string[]) => void,
  options: { threshold: number },
) => unknown;

interface WallProfile {
  readonly sample: readonly { readonly locationId: readonly unknown[]; readonly value: readonly unknown[] }[];
  readonly location: readonly {
    readonly id: unknown;
    readonly line: readonly { readonly functionId: unknown; readonly line: unknown }[];
  }[];
  readonly function: readonly { readonly id: unknown; readonly name: number; readonly filename: number }[];
  readonly stringTable: { readonly strings: readonly string[] };
}

interface Pprof {
  readonly time: {
    start(options: { intervalMicros: number; lineNumbers: boolean }): void;
    stop(restart: boolean): WallProfile;
  };
}

interface NativeStacktrace {
  registerThread(): void;
  threadPoll(): void;
}

/** What the watchdog of native-stacktrace prints at the end of each block, before maps are applied. */
const WATCHDOG = `
const { workerData } = require("node:worker_threads");
const { captureStackTrace, getThreadsLastSeen } = require(workerData.module);
const { printBlock } = require(workerData.printer);
const blocks = new Map();
setInterval(() => {
  for (const [id, ms] of Object.entries(getThreadsLastSeen())) {
    const open = blocks.get(id);
    if (open !== undefined && ms < open.ms) {
      blocks.delete(id);
      printBlock(open.ms, open.frames, Number(id));
    } else if (open !== undefined) open.ms = ms;
    else if (ms > ${THRESHOLD_MS}) {
      const seen = captureStackTrace()[id]?.frames ?? [];
      const frames = seen.map((f) => ({ function: f.function === "?" ? "" : f.function, file: f.filename, line: f.lineno, column: f.colno }));
      blocks.set(id, { ms, frames });
    }
  }
}, 10);
`;

type PeerFrame = Pick<RawFrame, "function" | "file" | "line" | "column">;

/** Innermost frame first. */
export function printBlock(durationMs: number, frames: readonly PeerFrame[], thread: number): void {
  const sources = new SourceMapReader(true);
  const stack = frames
    .filter(({ file }) => file !== null && !file.startsWith("node:") && !/^wasm:|blocked-at/.test(file))
    .map((frame) =>
      sources.original({ ...frame, functionLine: null, functionColumn: null, atEntry: false, awaits: false }),
    );
  const top = stack[0];
  const own = stack.findIndex(({ file }) => file !== null && !/[\\/]node_modules[\\/]/.test(file));
  const block = {
    event: "block",
    at: performance.timeOrigin + performance.now() - durationMs,
    durationMs,
    cause: "unknown",
    function: top?.function ?? null,
    file: top?.file ?? null,
    line: top?.line ?? null,
    userFrame: own > 0 ? stack[own] : null,
    confidence: "unknown",
    route: null,
    thread: thread === 0 ? "main" : `worker-${thread}`,
    evidence: { nativeCall: null },
  };
  fs.writeSync(2, `${JSON.stringify(block)}\n`);
}

function startBlockedAt(blockedAt: BlockedAt): void {
  blockedAt(
    (timeMs, stack) => {
      const frames = framesOfText(stack.map((line) => `    ${line.trim()}`).join("\n"));
      printBlock(timeMs, frames, threadId);
    },
    { threshold: THRESHOLD_MS },
  );
}

function startNativeStacktrace(addon: NativeStacktrace, module: string): void {
  addon.registerThread();
  setInterval(() => addon.threadPoll(), BEAT_MS).unref();
  if (!isMainThread) return;
  const workerData = { module, printer: __filename };
  const env = { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PEER: "" };
  new Worker(WATCHDOG, { eval: true, execArgv: [], env, workerData }).unref();
}

/** The profiler knows stacks, not blocks: a beat of our own finds them, and the heaviest place is the answer. */
function startPprof({ time }: Pprof): void {
  time.start({ intervalMicros: 10_000, lineNumbers: true });
  let last = performance.now();
  let lastActive = performance.eventLoopUtilization().active;
  setInterval(() => {
    const now = performance.now();
    const { active } = performance.eventLoopUtilization();
    const durationMs = Math.min(now - last, active - lastActive);
    if (durationMs >= THRESHOLD_MS) printBlock(durationMs, heaviestPlace(time.stop(true)), threadId);
    last = performance.now();
    lastActive = performance.eventLoopUtilization().active;
  }, BEAT_MS).unref();
}

function heaviestPlace(profile: WallProfile): readonly PeerFrame[] {
  const totals = new Map<string, { ms: number; frames: readonly PeerFrame[] }>();
  for (const { locationId, value } of profile.sample) {
    const frames = locationId
      .map((id) => frameOf(profile, id))
      .filter((frame) => /^[/f]/.test(frame.file ?? ""));
    const top = frames[0];
    if (top === undefined) continue;
    const key = `${top.function}@${top.file}`;
    const total = totals.get(key) ?? { ms: 0, frames };
    total.ms += Number(value[0]);
    totals.set(key, total);
  }
  return [...totals.values()].sort((a, b) => b.ms - a.ms)[0]?.frames ?? [];
}

function frameOf(profile: WallProfile, id: unknown): PeerFrame {
  const line = profile.location.find((location) => location.id === id)?.line[0];
  const fn = profile.function.find((one) => one.id === line?.functionId);
  const { strings } = profile.stringTable;
  const name = strings[fn?.name ?? 0] ?? "";
  return {
    function: /^\(anonymous/.test(name) ? "" : name,
    file: strings[fn?.filename ?? 0] ?? null,
    line: line === undefined ? null : Number(line.line),
    column: 1,
  };
}

function start(): void {
  const load = createRequire(`${folder}/package.json`);
  if (peer === "blocked-at") startBlockedAt(load("blocked-at") as BlockedAt);
  if (peer === "@sentry-internal/node-native-stacktrace")
    startNativeStacktrace(load(peer) as NativeStacktrace, load.resolve(peer));
  if (peer === "@datadog/pprof") startPprof(load(peer) as Pprof);
}

if (folder !== undefined && peer !== undefined && peer !== "") start();

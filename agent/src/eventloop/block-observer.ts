/**
 * Everything that a watched thread does about its own blocks: beats, answers captures, times native calls,
 * and reports each block once it is over. Runs in the watched thread.
 */
import inspector from "node:inspector";
import { threadId } from "node:worker_threads";
import { monotonicMs } from "../clock";
import type { AgentConfig } from "../config/agent-config";
import type { GarbageCollections } from "../garbage-collections";
import type { Guard } from "../guard";
import type { RequestContext, RequestContextTracker } from "../request/request-context";
import { requestIdentity } from "../request/request-identity";
import { AllowedBlocking } from "./allowed-blocking";
import type { BlockReport, BriefCalls, RequestIdentity } from "./block-report";
import { CompiledFiles } from "./compiled-files";
import type { EventLoopDelayRecorder } from "./event-loop-delay";
import { type BusyStretch, Heartbeat } from "./heartbeat";
import {
  CLOSING,
  FREE,
  type HeartbeatSlot,
  OS_THREAD_ID,
  REPORTS_TAKEN,
  SESSION,
  STATE,
} from "./heartbeat-layout";
import { startNativeCallProbe, stopNativeCallProbe } from "./native-call-probe";
import { NativeCallRecorder } from "./native-call-recorder";
import { currentOsThreadId, openSchedulerStats } from "./scheduler-stats";
import { installCapture } from "./stack-capture";

// Held before it is wrapped: the agent's own waiting is no block of the application's.
const wait = Atomics.wait;

const PART = "block-observer";
/** Requests noted between two beats; captures come at most every 10 ms, so this is seconds. */
const MAX_NOTED = 256;
/** Collections are told of a turn or two after they ended. */
const SETTLING_MS = 5;
/** How long an exiting thread waits for the agent's thread to take its last report, milliseconds. */
const EXIT_PATIENCE_MS = 500;

interface NotedRequest {
  readonly atMs: number;
  readonly context: RequestContext;
}

/** The other requests that a block held up. */
export interface Victims {
  readonly count: number;
  /** Summed over them. */
  readonly delayMs: number;
}

/** A stretch that has ended and waits one beat for what is told late. */
interface PendingStretch {
  readonly stretch: BusyStretch;
  readonly context: RequestContext | null;
  readonly victims: Victims | null;
  readonly briefCalls: readonly BriefCalls[];
}

export interface BlockObserverOptions {
  readonly config: AgentConfig;
  readonly guard: Guard;
  readonly slot: HeartbeatSlot;
  readonly recorder: EventLoopDelayRecorder;
  readonly requests: RequestContextTracker;
  /** Started and stopped with the observer. */
  readonly collections: GarbageCollections;
  readonly send: (report: BlockReport) => void;
  readonly sendSourceMap: (file: string, payload: unknown) => void;
  readonly victims: (stretch: BusyStretch, culprit: RequestContext | null) => Victims | null;
}

export class BlockObserver {
  readonly allowed = new AllowedBlocking();
  readonly #options: BlockObserverOptions;
  readonly #scheduler = openSchedulerStats(null);
  readonly #compiledFiles: CompiledFiles;
  readonly #calls: NativeCallRecorder;
  readonly #heartbeat: Heartbeat;
  #noted: NotedRequest[] = [];
  #pending: PendingStretch[] = [];
  #sent = 0;
  #removeCapture: () => void = () => {};
  #wrapLoaded: () => void = () => {};

  constructor(options: BlockObserverOptions) {
    const { config, guard, slot, recorder } = options;
    this.#options = options;
    this.#compiledFiles = new CompiledFiles(options.sendSourceMap);
    this.#calls = new NativeCallRecorder({
      slot,
      slowMs: Math.max(1, config.blockThresholdMs / 10),
      noteRequest: this.#noteRequest,
    });
    this.#heartbeat = new Heartbeat({
      guard,
      slot,
      thresholdMs: config.blockThresholdMs,
      recorder,
      scheduler: this.#scheduler,
      onStretch: guard.wrap(PART, (stretch: BusyStretch) => this.#onStretch(stretch)),
      onBeat: guard.wrap(PART, () => this.#onBeat()),
      onIdle: guard.wrap(PART, () => this.#reportPending()),
    });
  }

  start(): void {
    const { config, slot, collections } = this.#options;
    slot.flags[OS_THREAD_ID] = currentOsThreadId();
    this.#removeCapture = installCapture({
      noteRequest: this.#noteRequest,
      afterTask: () => this.#heartbeat.lookClosely(),
      noteFile: (file) => this.#compiledFiles.note(file),
    });
    if (config.wrapNatives) {
      const idleDuring = threadId === 0 ? null : <T>(wait: () => T): T => this.#heartbeat.idleDuring(wait);
      this.#wrapLoaded = startNativeCallProbe(this.#calls, idleDuring);
    }
    collections.start();
    this.#heartbeat.start();
    process.on("exit", this.#onExit);
  }

  stop(): void {
    process.off("exit", this.#onExit);
    this.#heartbeat.stop();
    this.#options.collections.stop();
    if (this.#options.config.wrapNatives) stopNativeCallProbe();
    this.#removeCapture();
    this.#scheduler.close();
    Atomics.store(this.#options.slot.flags, STATE, FREE);
  }

  /** Waits until the agent's thread watches, at most `patienceMs`: what blocks from then on has a name. */
  awaitWatchdog(ready: Int32Array, patienceMs: number): void {
    this.#heartbeat.idleDuring(() => wait(ready, 0, 0, patienceMs));
  }

  /** Work begins: called at the start of each request. */
  wake(): void {
    if (this.#heartbeat.isSlow) this.#heartbeat.wake();
  }

  readonly #noteRequest = (): RequestIdentity | null => {
    const context = this.#options.requests.current();
    if (context === null) return null;
    if (this.#noted.length < MAX_NOTED) this.#noted.push({ atMs: monotonicMs(), context });
    return requestIdentity(context);
  };

  #onStretch(whole: BusyStretch): void {
    if (this.allowed.covers(whole)) return;
    const { requests, victims, config } = this.#options;
    const context = this.#requestWithin(whole);
    const stretch = beganWithRequest(whole, context);
    if (stretch.durationMs < config.blockThresholdMs) return;
    if (context === null) requests.escalate();
    this.#pending.push({
      stretch,
      context,
      victims: stretch.proven ? victims(stretch, context) : null,
      briefCalls: this.#calls.briefCalls(),
    });
  }

  /** Blocks are reported one beat after they ended: collections are told of a turn or two late. */
  #onBeat(): void {
    this.#wrapLoaded();
    this.#calls.resetBriefCalls();
    if (this.#pending.length > 0) {
      this.#heartbeat.lookClosely();
      const nowMs = monotonicMs();
      const ripe = this.#pending.filter(({ stretch }) => nowMs - stretch.endMs >= SETTLING_MS);
      this.#pending = this.#pending.filter((pending) => !ripe.includes(pending));
      for (const pending of ripe) this.#report(pending);
    }
    if (this.#pending.length === 0) this.#forget();
    this.#options.requests.relax();
  }

  #reportPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const one of pending) this.#report(one);
    this.#forget();
  }

  #report({ stretch, context, victims, briefCalls }: PendingStretch): void {
    const { slot, send, collections } = this.#options;
    this.#sent++;
    this.#compiledFiles.sendMaps();
    send({
      slot: slot.index,
      thread: threadId === 0 ? "main" : `worker-${threadId}`,
      startMs: stretch.startMs,
      endMs: stretch.endMs,
      durationMs: stretch.durationMs,
      proven: stretch.proven,
      cpuMs: stretch.cpuMs,
      runQueueMs: stretch.runQueueMs,
      gcMs: collections.within(stretch.startMs, stretch.endMs),
      nativeCalls: this.#calls.callsSince(stretch.startMs).filter((call) => call.endMs <= stretch.endMs),
      briefCalls,
      request: context === null ? null : requestIdentity(context),
      victims: victims?.count ?? null,
      victimDelayMs: victims?.delayMs ?? null,
      starting: stretch.starting,
      debuggable: inspector.url() !== undefined,
    });
  }

  /** The request noted most often while the block lasted. */
  #requestWithin(stretch: BusyStretch): RequestContext | null {
    const counts = new Map<RequestContext, number>();
    for (const { atMs, context } of this.#noted) {
      if (atMs < stretch.startMs - 1 || atMs > stretch.endMs) continue;
      counts.set(context, (counts.get(context) ?? 0) + 1);
    }
    let best: RequestContext | null = null;
    for (const [context, count] of counts) {
      if (best === null || count > (counts.get(best) ?? 0)) best = context;
    }
    return best;
  }

  #forget(): void {
    if (this.#noted.length > 0) this.#noted = [];
    this.#calls.forgetBefore(monotonicMs() - 1);
  }

  /** The last block may end with the process: report it, and let go of the inspector before Node waits for it. */
  readonly #onExit = (): void => {
    const { guard, slot } = this.#options;
    guard.run(PART, () => {
      const before = Atomics.load(slot.flags, REPORTS_TAKEN);
      this.#heartbeat.beat();
      const sentBefore = this.#sent;
      for (const pending of this.#pending.splice(0)) this.#report(pending);
      Atomics.store(slot.flags, STATE, CLOSING);
      if (Atomics.load(slot.flags, SESSION) === 1) wait(slot.flags, SESSION, 1, EXIT_PATIENCE_MS);
      if (this.#sent > sentBefore) wait(slot.flags, REPORTS_TAKEN, before, EXIT_PATIENCE_MS);
    });
  };
}

/** What a request blocks cannot have begun before the request: other short tasks came first. */
function beganWithRequest(stretch: BusyStretch, context: RequestContext | null): BusyStretch {
  if (context === null || context.startedMs <= stretch.startMs || context.startedMs >= stretch.endMs) {
    return stretch;
  }
  return { ...stretch, startMs: context.startedMs, durationMs: stretch.endMs - context.startedMs };
}

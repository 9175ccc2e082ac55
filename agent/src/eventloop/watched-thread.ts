/** What the agent's thread knows of one watched thread: is it overdue, and what stacks does it show? */
import type { OpenBlock } from "../catalog/block";
import { epochOf } from "../clock";
import type { SourceReader } from "./block-assembly";
import type { StackSample } from "./block-report";
import {
  BEATS,
  CLOSING,
  type HeartbeatSlot,
  isAtRest,
  LAST_BEAT_MS,
  LIVE,
  NATIVE_INDEX,
  OS_THREAD_ID,
  PERIOD_MS,
  STATE,
  THREAD_ID,
  WAITING,
} from "./heartbeat-layout";
import { openSchedulerStats, type SchedulerStatsReader } from "./scheduler-stats";
import { findCulprit } from "./stack-profile";

/**
 * How often the processor time of a quiet thread is looked at. Each look is a wake-up of some 0.1 ms; the
 * rarer they are, the fewer stacks are seen of a block that a timer starts in an idle process.
 */
const SLOW_POLL_MS = 80;
/** The same for a thread that has been quiet for long: each wake-up costs an idle machine up to 0.3 ms. */
const REST_POLL_MS = 250;
/** How long a thread must have been quiet before it is looked at that rarely. */
const QUIET_BEFORE_REST_MS = 30_000;
/** How long it is not, after a block of which no stack was seen. */
const ALERT_MS = 5 * 60_000;
/** Share of that time which makes a quiet thread suspect. */
const SUSPECT_SHARE = 0.4;
/** Samples kept of one block; enough for any share to be within 5 %. */
const MAX_SAMPLES = 400;

/** Something that can ask the thread for its stack. */
export interface Sampler {
  readonly isConnected: boolean;
  request(): void;
  disconnect(): void;
}

export class WatchedThread {
  readonly slot: HeartbeatSlot;
  readonly #sampler: Sampler;
  readonly #graceMs: number;
  readonly #scheduler: SchedulerStatsReader;
  #samples: StackSample[] = [];
  #beats = -1;
  /** Since when the thread has been overdue or suspect; null while all is well. */
  #overdueSinceMs: number | null = null;
  #nextSampleMs = 0;
  #polledMs = 0;
  #polledCpuMs = 0;
  #quietSinceMs: number | null = null;
  #alertUntilMs = 0;

  constructor(
    slot: HeartbeatSlot,
    thresholdMs: number,
    sampler: (keep: (s: StackSample) => void) => Sampler,
  ) {
    this.slot = slot;
    this.#graceMs = Math.min(15, Math.max(1, thresholdMs * 0.3));
    const osThreadId = slot.flags[OS_THREAD_ID] as number;
    this.#scheduler = openSchedulerStats(osThreadId === 0 ? -1 : osThreadId);
    this.#sampler = sampler((sample) => {
      if (this.#samples.length < MAX_SAMPLES) this.#samples.push(sample);
    });
  }

  get name(): string {
    const id = this.slot.flags[THREAD_ID];
    return id === 0 ? "main" : `worker-${id}`;
  }

  /**
   * Looks, and asks for a stack where that is due.
   *
   * @returns milliseconds until the next look.
   */
  look(nowMs: number, justWokeLate: boolean): number {
    const { flags, times } = this.slot;
    const state = Atomics.load(flags, STATE);
    if (state === CLOSING || state === WAITING) {
      this.#overdueSinceMs = null;
      if (this.#sampler.isConnected) this.#sampler.disconnect();
      return SLOW_POLL_MS;
    }
    const beats = Atomics.load(flags, BEATS);
    if (beats !== this.#beats) {
      this.#beats = beats;
      this.#overdueSinceMs = null;
      if (this.#sampler.isConnected) this.#sampler.disconnect();
    }
    const dueMs = (times[LAST_BEAT_MS] as number) + (times[PERIOD_MS] as number);
    const slow = isAtRest(this.slot);
    this.#quietSinceMs = slow ? (this.#quietSinceMs ?? nowMs) : null;
    const overdue = nowMs > dueMs + this.#graceMs;
    // A thread that slept through a stop of the whole machine first gives the other one its turn.
    if (overdue && justWokeLate && this.#overdueSinceMs === null) return this.#graceMs;
    if (overdue) this.#overdueSinceMs ??= times[LAST_BEAT_MS] as number;
    else if (slow) this.#suspectBusy(nowMs);
    if (this.#overdueSinceMs === null) {
      return slow ? this.#slowPollMs(nowMs) : Math.max(2, dueMs + this.#graceMs - nowMs);
    }
    return this.#sample(nowMs, this.#overdueSinceMs);
  }

  /** The samples taken until now. Those after `endMs` belong to the next block and are given again with it. */
  takeSamples(endMs: number): readonly StackSample[] {
    const taken = this.#samples;
    this.#samples = taken.filter(({ capturedMs }) => capturedMs > endMs);
    return taken;
  }

  /** A block of this thread went by without a stack: look at it more often for a while. */
  alert(nowMs: number): void {
    this.#alertUntilMs = nowMs + ALERT_MS;
  }

  /** The block that lasts right now, once it has lasted for the threshold. */
  open(
    nowMs: number,
    thresholdMs: number,
    source: SourceReader,
    natives: readonly string[],
  ): OpenBlock | null {
    const sinceMs = this.#overdueSinceMs;
    if (sinceMs === null || nowMs - sinceMs < thresholdMs) return null;
    if (Atomics.load(this.slot.flags, BEATS) !== this.#beats) return null;
    if (Atomics.load(this.slot.flags, STATE) !== LIVE) return null;
    const samples = this.#samples.filter((sample) => sample.capturedMs >= sinceMs);
    const culprit = findCulprit(samples.map((sample) => sample.frames));
    const top = culprit?.stack[0] === undefined ? null : source.original(culprit.stack[0]);
    const native = natives[(this.slot.flags[NATIVE_INDEX] as number) - 1] ?? null;
    const request = samples.findLast((sample) => sample.request !== null)?.request ?? null;
    return {
      id: blockId(sinceMs, this.slot.index),
      at: epochOf(sinceMs),
      ageMs: Math.round(nowMs - sinceMs),
      function: top?.function ?? native,
      file: top?.file ?? null,
      line: top?.line ?? null,
      route: request?.route ?? null,
      method: request?.method ?? null,
      thread: this.name,
    };
  }

  close(): void {
    this.#sampler.disconnect();
    this.#scheduler.close();
  }

  /** In the slow rhythm no beat is overdue for a quarter of a second: processor time tells sooner. */
  #suspectBusy(nowMs: number): void {
    const elapsedMs = nowMs - this.#polledMs;
    if (elapsedMs < SLOW_POLL_MS / 2) return;
    const cpuMs = this.#scheduler.read()?.cpuMs;
    if (cpuMs === undefined) return;
    const busy = elapsedMs < 2 * REST_POLL_MS && cpuMs - this.#polledCpuMs > SUSPECT_SHARE * elapsedMs;
    if (busy) this.#overdueSinceMs ??= this.#polledMs;
    else this.#overdueSinceMs = null;
    this.#polledMs = nowMs;
    this.#polledCpuMs = cpuMs;
  }

  #slowPollMs(nowMs: number): number {
    const quietMs = nowMs - (this.#quietSinceMs ?? nowMs);
    return quietMs > QUIET_BEFORE_REST_MS && nowMs > this.#alertUntilMs ? REST_POLL_MS : SLOW_POLL_MS;
  }

  #sample(nowMs: number, sinceMs: number): number {
    const periodMs = samplePeriodMs(nowMs - sinceMs);
    if (nowMs >= this.#nextSampleMs) {
      this.#nextSampleMs = nowMs + periodMs - 1;
      this.#dropStale(sinceMs);
      this.#sampler.request();
    }
    return periodMs;
  }

  /** Samples of suspicions that came to nothing, and that no report will ask for. */
  #dropStale(sinceMs: number): void {
    const first = this.#samples[0];
    if (first !== undefined && first.capturedMs < sinceMs - 1000) {
      this.#samples = this.#samples.filter((sample) => sample.capturedMs >= sinceMs - 1000);
    }
  }
}

/** Unique among the processes of a service, so that a cluster's are; sorts by start within a process. */
export function blockId(startMs: number, slotIndex: number): string {
  const start = Math.floor(startMs * 1000).toString();
  return `${start.padStart(14, "0")}-${slotIndex}-${process.pid}`;
}

/** Dense at first, when most blocks end; sparse for those that go on for seconds. */
function samplePeriodMs(ageMs: number): number {
  if (ageMs < 300) return 10;
  if (ageMs < 2000) return 20;
  return ageMs < 20_000 ? 100 : 500;
}

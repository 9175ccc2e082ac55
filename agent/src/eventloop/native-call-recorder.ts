/** Remembers slow calls of wrapped functions until the block they belong to is reported. */
import { monotonicMs } from "../clock";
import type { BriefCalls, NativeCall, RequestIdentity } from "./block-report";
import { type HeartbeatSlot, NATIVE_INDEX, NATIVE_SINCE_MS } from "./heartbeat-layout";
import { captureFrames } from "./stack-capture";

/** Slow calls remembered between two reports; beyond, the shortest is forgotten. */
const MAX_CALLS = 32;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

export interface NativeCallRecorderOptions {
  readonly slot: HeartbeatSlot;
  /** A call shorter than this is not remembered by its stack, milliseconds. */
  readonly slowMs: number;
  /** Notes the request that the caller works for. */
  readonly noteRequest: () => RequestIdentity | null;
}

export class NativeCallRecorder {
  readonly #options: NativeCallRecorderOptions;
  #calls: NativeCall[] = [];
  /** Calls too short to be remembered each: a thousand quick reads block as well as a slow one. */
  #brief = new Map<string, number>();
  #depth = 0;

  constructor(options: NativeCallRecorderOptions) {
    this.#options = options;
  }

  /** The calls that ended since `sinceMs`, oldest first. */
  callsSince(sinceMs: number): readonly NativeCall[] {
    return this.#calls.filter((call) => call.endMs >= sinceMs);
  }

  /** Total time of the calls shorter than `slowMs` since the last reset, by name, the longest three. */
  briefCalls(): readonly BriefCalls[] {
    return [...this.#brief]
      .map(([name, totalMs]) => ({ name, totalMs }))
      .sort((a, b) => b.totalMs - a.totalMs)
      .slice(0, 3);
  }

  resetBriefCalls(): void {
    if (this.#brief.size > 0) this.#brief.clear();
  }

  forgetBefore(ms: number): void {
    if (this.#calls.length > 0) this.#calls = this.#calls.filter((call) => call.endMs >= ms);
  }

  /**
   * Calls `original`, timed. The stack is taken only of a slow call, after it has ended, when it is still the
   * caller's own.
   */
  timed(name: string, index: number, original: AnyFunction, receiver: unknown, args: unknown[]): unknown {
    // What a wrapped function calls in turn (execSync: spawnSync) is its own affair.
    if (this.#depth > 0) return Reflect.apply(original, receiver, args);
    const { slot, slowMs } = this.#options;
    const startMs = monotonicMs();
    this.#depth = 1;
    slot.times[NATIVE_SINCE_MS] = startMs;
    slot.flags[NATIVE_INDEX] = index + 1;
    try {
      return Reflect.apply(original, receiver, args);
    } finally {
      this.#depth = 0;
      slot.flags[NATIVE_INDEX] = 0;
      const endMs = monotonicMs();
      if (endMs - startMs >= slowMs) this.#remember(name, startMs, endMs);
      else {
        this.#brief.set(name, (this.#brief.get(name) ?? 0) + endMs - startMs);
      }
    }
  }

  /** A call that was large enough to matter, but was not timed. */
  noteUntimed(name: string): void {
    if (this.#depth === 0) this.#remember(name, null, monotonicMs());
  }

  #remember(name: string, startMs: number | null, endMs: number): void {
    this.#options.noteRequest();
    const frames = captureFrames(captureFrames);
    this.#calls.push({ name, startMs, endMs, frames });
    if (this.#calls.length > MAX_CALLS) this.#calls.splice(shortestIndex(this.#calls), 1);
  }
}

function shortestIndex(calls: readonly NativeCall[]): number {
  let shortest = 0;
  let shortestMs = Number.POSITIVE_INFINITY;
  calls.forEach((call, index) => {
    const durationMs = call.startMs === null ? 0 : call.endMs - call.startMs;
    if (durationMs < shortestMs) [shortest, shortestMs] = [index, durationMs];
  });
  return shortest;
}

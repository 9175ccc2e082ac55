/**
 * Watches the event loops of this process from the agent's own thread, which no block of theirs can stop:
 * notices overdue beats, has stacks taken while they last, and makes blocks of reports and stacks.
 */
import nodeTimers from "node:timers";
import type { Block, OpenBlock } from "../catalog/block";
import { monotonicMs } from "../clock";
import { overlapMs } from "../garbage-collections";
import { assembleBlock, type SourceReader } from "./block-assembly";
import type { BlockReport, StackSample } from "./block-report";
import { FREE, type HeartbeatSlot, heartbeatSlot, MAX_SLOTS, STATE } from "./heartbeat-layout";
import { blockId, type Sampler, WatchedThread } from "./watched-thread";

/** Waking later than this is remembered: a machine that stops us stops the others, too. */
const NOTABLE_LATENESS_MS = 5;
/** Above this the others get a turn before they are suspected. */
const STOPPED_LATENESS_MS = 30;
/** A thread starts within this on a machine that has a processor for it (measured: 40 to 120 ms). */
const USUAL_START_MS = 300;
const MAX_LATENESS_KEPT = 200;
/** A lasting block is logged at this age, and again each time its age has doubled. */
const FIRST_LASTING_MS = 1000;

export interface WatchdogOptions {
  readonly memory: SharedArrayBuffer;
  readonly thresholdMs: number;
  /** When the agent's thread was asked for, milliseconds. */
  readonly askedForMs: number;
  readonly nativeNames: readonly string[];
  readonly source: SourceReader;
  readonly createSampler: (slot: HeartbeatSlot, keep: (sample: StackSample) => void) => Sampler;
  readonly onBlock: (block: Block) => void;
  readonly onLasting: (open: OpenBlock) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #threads = new Map<number, WatchedThread>();
  readonly #lateness: { startMs: number; endMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #expectedMs = 0;
  #nextLastingMs = FIRST_LASTING_MS;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    const [expectedMs, nowMs] = [this.#options.askedForMs + USUAL_START_MS, monotonicMs()];
    if (nowMs > expectedMs) this.#lateness.push({ startMs: expectedMs, endMs: nowMs });
    this.#sleep(1);
  }

  stop(): void {
    if (this.#timer !== undefined) nodeTimers.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const thread of this.#threads.values()) thread.close();
    this.#threads.clear();
  }

  /** A watched thread tells of a block that is over. */
  report(report: BlockReport): void {
    const thread = this.#threads.get(report.slot);
    const samples = thread?.takeSamples(report.endMs) ?? [];
    if (samples.length === 0) thread?.alert(monotonicMs());
    const id = blockId(report.startMs, report.slot);
    const watchdogLateMs = overlapMs(this.#latenessUntilNow(), report.startMs, report.endMs);
    const block = assembleBlock(
      { id, report, samples, watchdogLateMs, thresholdMs: this.#options.thresholdMs },
      this.#options.source,
    );
    if (block !== null) this.#options.onBlock(block);
  }

  openBlocks(): OpenBlock[] {
    const { thresholdMs, source, nativeNames } = this.#options;
    const nowMs = monotonicMs();
    return [...this.#threads.values()]
      .map((thread) => thread.open(nowMs, thresholdMs, source, nativeNames))
      .filter((open) => open !== null);
  }

  /** After a stop of the whole process, a report may be read before this thread's own timer tells how late it is. */
  #latenessUntilNow(): readonly { startMs: number; endMs: number }[] {
    const nowMs = monotonicMs();
    if (this.#timer === undefined || nowMs - this.#expectedMs <= NOTABLE_LATENESS_MS) return this.#lateness;
    return [...this.#lateness, { startMs: this.#expectedMs, endMs: nowMs }];
  }

  readonly #tick = (): void => {
    const nowMs = monotonicMs();
    const lateMs = nowMs - this.#expectedMs;
    if (lateMs > NOTABLE_LATENESS_MS) {
      this.#lateness.push({ startMs: this.#expectedMs, endMs: nowMs });
      if (this.#lateness.length > MAX_LATENESS_KEPT) this.#lateness.shift();
    }
    let delayMs = 250;
    try {
      this.#adoptThreads();
      for (const thread of this.#threads.values()) {
        delayMs = Math.min(delayMs, thread.look(nowMs, lateMs > STOPPED_LATENESS_MS));
      }
      this.#tellOfLasting();
    } catch (error) {
      this.#options.onFailure(error);
      this.stop();
      return;
    }
    this.#sleep(delayMs);
  };

  #sleep(delayMs: number): void {
    const wholeMs = Math.max(1, Math.round(delayMs));
    this.#expectedMs = monotonicMs() + wholeMs + 1;
    this.#timer = nodeTimers.setTimeout(this.#tick, wholeMs);
  }

  /** Threads come and go by themselves: their slots say so. */
  #adoptThreads(): void {
    const { memory, thresholdMs, createSampler } = this.#options;
    for (let index = 0; index < MAX_SLOTS; index++) {
      const known = this.#threads.get(index);
      const slot = known?.slot ?? heartbeatSlot(memory, index);
      if (Atomics.load(slot.flags, STATE) === FREE) {
        // Slots are claimed from the first on, but may be freed in any order; nobody is behind two free ones.
        if (known === undefined && index > this.#threads.size) return;
        known?.close();
        this.#threads.delete(index);
      } else if (known === undefined) {
        const watched = new WatchedThread(slot, thresholdMs, (keep) => createSampler(slot, keep));
        this.#threads.set(index, watched);
      }
    }
  }

  #tellOfLasting(): void {
    const oldest = this.openBlocks().sort((a, b) => b.ageMs - a.ageMs)[0];
    if (oldest === undefined) this.#nextLastingMs = FIRST_LASTING_MS;
    else if (oldest.ageMs >= this.#nextLastingMs) {
      this.#nextLastingMs *= 2;
      this.#options.onLasting(oldest);
    }
  }
}

/**
 * The pulse of one event loop: an unref'd timer that writes the time of each beat into shared memory, and
 * learns from the gap between two beats how long the loop was busy. Runs in the watched thread.
 */
import { performance } from "node:perf_hooks";
import nodeTimers from "node:timers";
import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import type { EventLoopDelayRecorder } from "./event-loop-delay";
import { BEATS, type HeartbeatSlot, LAST_BEAT_MS, LIVE, PERIOD_MS, STATE, WAITING } from "./heartbeat-layout";
import type { SchedulerStatsReader, SchedulerTimes } from "./scheduler-stats";

// Held before a test's fake timers can replace them.
const { setTimeout, clearTimeout } = nodeTimers;
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance);

/** Period while nothing happens: on a virtual machine each wake-up costs up to 0.3 ms. */
const IDLE_PERIOD_MS = 250;
/** Longest period while the loop is busy; shorter for thresholds under 50 ms. */
const BUSY_PERIOD_MS = 20;
/** Above this share of active time the loop counts as busy. */
const BUSY_UTILIZATION = 0.03;
/** Beats in a row below it before the slow rhythm. */
const QUIET_BEATS = 10;
/** With at most this many turns in a gap, the active time cannot have been many short tasks. */
const FEW_TURNS = 3;

/** A stretch of activity that may be a block. Milliseconds on the monotonic clock. */
export interface BusyStretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
  /** The beat was late by most of it, or the loop hardly turned: one stretch, not the sum of many. */
  readonly proven: boolean;
  readonly cpuMs: number | null;
  readonly runQueueMs: number | null;
  /** Most of it lies before the loop began to turn: the program was loading. */
  readonly starting: boolean;
}

export interface HeartbeatOptions {
  readonly guard: Guard;
  readonly slot: HeartbeatSlot;
  readonly thresholdMs: number;
  readonly recorder: EventLoopDelayRecorder;
  readonly scheduler: SchedulerStatsReader;
  /** Called at the end of every stretch of at least the threshold. */
  readonly onStretch: (stretch: BusyStretch) => void;
  /** Called at each beat after a stretch has been dealt with. */
  readonly onBeat: () => void;
  /** Called before the thread waits by its own will: its loop may not turn again for long. */
  readonly onIdle: () => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #busyPeriodMs: number;
  #timer: NodeJS.Timeout | undefined;
  #periodMs: number;
  #lastMs: number;
  #lastIdleMs: number;
  #lastTurns: number;
  #lastTimes: SchedulerTimes | null;
  #quietBeats = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#busyPeriodMs = Math.max(2, Math.min(BUSY_PERIOD_MS, Math.floor(options.thresholdMs * 0.4)));
    this.#periodMs = this.#busyPeriodMs;
    this.#lastMs = monotonicMs();
    this.#lastIdleMs = idleMs();
    this.#lastTurns = loopTurns();
    this.#lastTimes = options.scheduler.read();
  }

  /** True while the slow rhythm beats: whoever sees work begin calls `wake()` then. */
  get isSlow(): boolean {
    return this.#periodMs === IDLE_PERIOD_MS;
  }

  start(): void {
    this.#arm(this.#busyPeriodMs);
    Atomics.store(this.#options.slot.flags, STATE, LIVE);
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Work begins: look closely from now on. Ends the current gap, so that what follows is timed from here. */
  wake(): void {
    if (!this.isSlow || this.#timer === undefined) return;
    this.beat();
    this.lookClosely();
  }

  /** Beats fast from now on, without ending the current gap. */
  lookClosely(): void {
    if (this.#timer === undefined) return;
    this.#quietBeats = 0;
    if (this.isSlow) this.#arm(this.#busyPeriodMs);
  }

  /** Runs `wait`, in which the thread is idle by its own will: the time belongs to no stretch. */
  idleDuring<T>(wait: () => T): T {
    const { flags } = this.#options.slot;
    if (Atomics.compareExchange(flags, STATE, LIVE, WAITING) !== LIVE) return wait();
    this.beat();
    this.#options.onIdle();
    try {
      return wait();
    } finally {
      this.#beginGap();
      Atomics.store(flags, STATE, LIVE);
    }
  }

  /** Closes the gap since the last beat. Called by the timer, and once more when the thread exits. */
  beat(): void {
    const nowMs = monotonicMs();
    const idleNowMs = idleMs();
    const turns = loopTurns();
    const times = this.#options.scheduler.read();
    const gapMs = nowMs - this.#lastMs;
    // Before the loop turns for the first time nothing counts as idle, so loading counts as active.
    const activeMs = Math.min(gapMs, Math.max(0, gapMs - (idleNowMs - this.#lastIdleMs)));
    const lateMs = Math.max(0, gapMs - this.#periodMs);
    this.#options.recorder.recordGap({ gapMs, lateMs, activeMs });
    if (activeMs >= this.#options.thresholdMs) {
      this.#options.onStretch({
        startMs: nowMs - activeMs,
        endMs: nowMs,
        durationMs: activeMs,
        proven: lateMs >= activeMs / 2 - 1 || turns - this.#lastTurns <= FEW_TURNS,
        cpuMs: difference(times?.cpuMs, this.#lastTimes?.cpuMs),
        runQueueMs: difference(times?.runQueueMs, this.#lastTimes?.runQueueMs),
        starting: this.#lastTurns === 0 && wasLoading(nowMs - activeMs, activeMs),
      });
    }
    this.#lastMs = nowMs;
    this.#lastIdleMs = idleNowMs;
    this.#lastTurns = turns;
    this.#lastTimes = times;
    const { slot } = this.#options;
    slot.times[LAST_BEAT_MS] = nowMs;
    Atomics.add(slot.flags, BEATS, 1);
    this.#quietBeats = activeMs > gapMs * BUSY_UTILIZATION ? 0 : this.#quietBeats + 1;
  }

  #beginGap(): void {
    const { slot, scheduler } = this.#options;
    this.#lastMs = monotonicMs();
    this.#lastIdleMs = idleMs();
    this.#lastTurns = loopTurns();
    this.#lastTimes = scheduler.read();
    slot.times[LAST_BEAT_MS] = this.#lastMs;
    Atomics.add(slot.flags, BEATS, 1);
  }

  #arm(periodMs: number): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#periodMs = periodMs;
    const { slot } = this.#options;
    slot.times[PERIOD_MS] = periodMs;
    slot.times[LAST_BEAT_MS] = this.#lastMs;
    this.#timer = setTimeout(this.#onTimer, periodMs);
    this.#timer.unref();
  }

  readonly #onTimer = (): void => {
    this.#options.guard.run("heartbeat", () => {
      this.beat();
      this.#options.onBeat();
      if (this.#timer === undefined) return;
      const periodMs = this.#quietBeats >= QUIET_BEATS ? IDLE_PERIOD_MS : this.#busyPeriodMs;
      if (periodMs === this.#periodMs) this.#timer.refresh();
      else this.#arm(periodMs);
    });
  };
}

/** Most of the stretch lies before the loop turned for the first time. */
function wasLoading(startMs: number, durationMs: number): boolean {
  const { loopStart } = performance.nodeTiming;
  return loopStart < 0 || loopStart - startMs > durationMs / 2;
}

/** Time the loop has slept in all, milliseconds; 0 until it turns. */
function idleMs(): number {
  return eventLoopUtilization().idle;
}

/** How often the loop has turned; 0 until it does. */
function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo?.loopCount ?? 0;
}

function difference(now: number | undefined, before: number | undefined): number | null {
  return now === undefined || before === undefined ? null : now - before;
}

/**
 * Event-loop delay as a random callback would have met it. `monitorEventLoopDelay` counts a block once, and
 * adds its own sampling interval; here every millisecond counts once, so a block of 200 ms weighs 200.
 */
import { LogLinearHistogram } from "../catalog/log-linear-histogram";

/** Timers round to whole milliseconds: lateness up to this much is the timer's, not the loop's. */
const TIMER_GRANULARITY_MS = 1;
/** A busy stretch is entered as this many equal steps at most; more would not change any percentile by 2 %. */
const MAX_STEPS = 50;

/** What the heartbeat learned between two beats. Milliseconds. */
export interface BeatGap {
  readonly gapMs: number;
  /** How much later than due the beat came. */
  readonly lateMs: number;
  /** Time the loop spent running callbacks within the gap. */
  readonly activeMs: number;
}

/** Fed by the heartbeat, read by metrics and frames. Values are microseconds; one observation a millisecond. */
export class EventLoopDelayRecorder {
  readonly cumulative = new LogLinearHistogram();
  #window = new LogLinearHistogram();
  #taken = new LogLinearHistogram();

  /**
   * Enters one gap. A callback that becomes ready at a random moment of a busy stretch waits for its end, so
   * the stretch of b milliseconds before a late beat counts as delays uniform over 0..b; the rest of the gap
   * counts with the lateness of the beat itself, which is a random sample of it.
   */
  recordGap(gap: BeatGap): void {
    const lateMs = Math.max(0, gap.lateMs - TIMER_GRANULARITY_MS);
    const stretchMs = lateMs > TIMER_GRANULARITY_MS ? Math.min(gap.gapMs, Math.max(gap.activeMs, lateMs)) : 0;
    const steps = Math.min(MAX_STEPS, Math.ceil(stretchMs));
    for (let step = 0; step < steps; step++) {
      this.#record((stretchMs * (step + 0.5)) / steps, stretchMs / steps);
    }
    const restMs = gap.gapMs - stretchMs;
    if (restMs > 0) this.#record(stretchMs > 0 ? 0 : lateMs, restMs);
  }

  /** The delays since the previous call; the histogram is the caller's until the next. */
  takeWindow(): LogLinearHistogram {
    [this.#taken, this.#window] = [this.#window, this.#taken];
    this.#window.reset();
    return this.#taken;
  }

  #record(delayMs: number, weightMs: number): void {
    const delayUs = Math.round(delayMs * 1000);
    this.cumulative.record(delayUs, weightMs);
    this.#window.record(delayUs, weightMs);
  }
}

import type { DownstreamFrame } from "../catalog/frame";
import { LogLinearHistogram } from "../catalog/log-linear-histogram";
import { monotonicMs } from "../clock";
import { histogramsOf, summarizeDurations } from "../quantiles/duration-summary";

/** Different calls in flight that are told apart; beyond, likeness is not watched. */
const MAX_LIKENESSES = 1000;

/** One call on its way. */
export interface DownstreamCall {
  readonly startedAtMs: number;
  readonly likeness: string | null;
}

/** The calls to one destination. */
export class CallRecord {
  readonly kind: DownstreamFrame["kind"];
  readonly name: string;
  /** Microseconds, of the calls that ended in the window. */
  readonly #durations = new LogLinearHistogram();
  /** In the order in which they began. */
  readonly #open = new Set<DownstreamCall>();
  readonly #alike = new Map<string, number>();
  #errors = 0;
  #mostAlike = 0;

  constructor(kind: DownstreamFrame["kind"], name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** @param likeness equal for calls that ask the same, null where asking twice is no waste. Never leaves. */
  begin(likeness: string | null): DownstreamCall {
    if (likeness !== null) {
      const same = (this.#alike.get(likeness) ?? 0) + 1;
      if (same > 1 || this.#alike.size < MAX_LIKENESSES) this.#alike.set(likeness, same);
      if (same > this.#mostAlike) this.#mostAlike = same;
    }
    const call = { startedAtMs: monotonicMs(), likeness };
    this.#open.add(call);
    return call;
  }

  /** @returns how long it took, milliseconds. */
  end(call: DownstreamCall, failed: boolean): number {
    const { startedAtMs, likeness } = call;
    this.#open.delete(call);
    if (failed) this.#errors++;
    if (likeness !== null) this.#forget(likeness);
    const durationMs = monotonicMs() - startedAtMs;
    this.#durations.record(durationMs * 1000);
    return durationMs;
  }

  /** Takes what happened since the last call. */
  takeFrame(): DownstreamFrame {
    const [oldest] = this.#open;
    const frame = {
      kind: this.kind,
      name: this.name,
      calls: this.#durations.count,
      errors: this.#errors,
      inFlight: this.#open.size,
      oldestMs: oldest === undefined ? null : Math.round(monotonicMs() - oldest.startedAtMs),
      mostAlike: this.#mostAlike,
      duration: summarizeDurations(this.#durations),
      ...histogramsOf({ durationHistogram: this.#durations }),
    };
    this.#errors = 0;
    this.#mostAlike = 0;
    for (const same of this.#alike.values()) this.#mostAlike = Math.max(this.#mostAlike, same);
    this.#durations.reset();
    return frame;
  }

  #forget(likeness: string): void {
    const same = this.#alike.get(likeness);
    if (same === undefined) return;
    if (same === 1) this.#alike.delete(likeness);
    else this.#alike.set(likeness, same - 1);
  }
}

/** Adds up what the engine says each second, for progress, for thresholds and for the audit. */

import type { ClientInterval } from "../engine/engine.js";
import { BUSY_UTILIZATION } from "../judge/trust-audit.js";
import { SHORTEST_INTERVAL_MS } from "../measure/interval-length.js";
import type { MetricSource } from "../measure/metric.js";

/** A shorter interval than this is the rest of a second: its rate says little. */
const WHOLE_INTERVAL_MS = 900;

export class ClientEvidence {
  source: MetricSource | null = null;
  startedAt: number | null = null;
  latest: ClientInterval | null = null;
  started = 0;
  failed = 0;
  dropped = 0;
  /** Of load, without the rest of a second at its end: a few milliseconds are always busy or idle. */
  seconds = 0;
  /** Of the generator's event loop, or of each thread's. */
  readonly #busySeconds: number[] = [];
  #minPerSecond = Number.POSITIVE_INFINITY;
  #maxPerSecond = 0;

  begin(atMs: number, source: MetricSource): void {
    this.startedAt = atMs;
    this.source = source;
  }

  add(interval: ClientInterval): void {
    this.latest = interval;
    this.started += interval.started;
    this.failed += interval.failed;
    this.dropped += interval.droppedIterations;
    const seconds = interval.durationMs < SHORTEST_INTERVAL_MS ? 0 : interval.durationMs / 1000;
    this.seconds += seconds;
    const utilizations = interval.threadUtilizations ?? [interval.generatorUtilization];
    for (const [thread, utilization] of utilizations.entries()) {
      const isBusy = utilization > BUSY_UTILIZATION;
      this.#busySeconds[thread] = (this.#busySeconds[thread] ?? 0) + (isBusy ? seconds : 0);
    }
    if (interval.durationMs < WHOLE_INTERVAL_MS) return;
    const perSecond = (interval.completed * 1000) / interval.durationMs;
    this.#minPerSecond = Math.min(this.#minPerSecond, perSecond);
    this.#maxPerSecond = Math.max(this.#maxPerSecond, perSecond);
  }

  /** Of the busiest thread. */
  get busySeconds(): number {
    return Math.max(0, ...this.#busySeconds);
  }

  /** `thread 2 of 3`; null when one thread drives the load. */
  get busiestThread(): string | null {
    const { length } = this.#busySeconds;
    return length < 2 ? null : `thread ${this.#busySeconds.indexOf(this.busySeconds) + 1} of ${length}`;
  }

  /** Completed requests a second; a run of less than a second has its mean only. */
  throughput(completed: number, durationSeconds: number): { mean: number; min: number; max: number } {
    const mean = durationSeconds > 0 ? completed / durationSeconds : 0;
    const measured = this.#minPerSecond !== Number.POSITIVE_INFINITY;
    return {
      mean,
      min: measured ? this.#minPerSecond : mean,
      max: measured ? this.#maxPerSecond : mean,
    };
  }
}

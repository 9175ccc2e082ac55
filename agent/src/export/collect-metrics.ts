import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import type { DistributionSample, MetricFamily, MetricSamples } from "../quantiles/metric-samples";

/** Collecting holds the event loop no longer than about this at a time, milliseconds. */
const SLICE_MS = 2;

export interface CollectOptions {
  /** Whether the distributions come along that percentiles are read off. */
  readonly distributions: boolean;
  /** Told how long the event loop was held in all, milliseconds. */
  onCollected(heldMs: number): void;
}

/**
 * Reads every family, resting between slices, so that a scrape never blocks the loop that it measures. A
 * family that throws is left out and switched off, and counted; the others are read all the same.
 */
export async function collectMetrics(
  families: readonly MetricFamily[],
  guard: Guard,
  options: CollectOptions,
): Promise<readonly MetricSamples[]> {
  const metrics: MetricSamples[] = [];
  const rests = new RestsBetweenSlices();
  for (const family of families) {
    const { name } = family.definition;
    const part = `metric ${name}`;
    if (guard.isOff(part)) continue;
    try {
      const samples = await rests.readAll(family.collect());
      const distributions: readonly DistributionSample[] =
        options.distributions && family.distributions !== undefined
          ? await rests.readAll(family.distributions())
          : [];
      metrics.push(distributions.length === 0 ? { name, samples } : { name, samples, distributions });
    } catch (error) {
      guard.fail(part, error);
    }
  }
  options.onCollected(rests.heldMs());
  return metrics;
}

class RestsBetweenSlices {
  #sliceStartMs = monotonicMs();
  #heldMs = 0;

  async readAll<T>(values: Iterable<T>): Promise<readonly T[]> {
    const all: T[] = [];
    for (const value of values) {
      all.push(value);
      const sliceMs = monotonicMs() - this.#sliceStartMs;
      if (sliceMs <= SLICE_MS) continue;
      this.#heldMs += sliceMs;
      await turnOfTheLoop();
      this.#sliceStartMs = monotonicMs();
    }
    return all;
  }

  heldMs(): number {
    return this.#heldMs + monotonicMs() - this.#sliceStartMs;
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import type { HistogramSample, MetricFamily, MetricSamples, ScalarSample } from "../quantiles/metric-samples";

/** Collecting holds the event loop no longer than about this at a time, milliseconds. */
const SLICE_MS = 2;

/**
 * Reads every family, resting between slices, so that a scrape never blocks the loop that it measures. A
 * family that throws is left out and switched off, and counted; the others are read all the same.
 *
 * @param onCollected told how long the event loop was held in all, milliseconds.
 */
export async function collectMetrics(
  families: readonly MetricFamily[],
  guard: Guard,
  onCollected: (heldMs: number) => void,
): Promise<readonly MetricSamples[]> {
  const metrics: MetricSamples[] = [];
  let sliceStartMs = monotonicMs();
  let heldMs = 0;
  for (const family of families) {
    const samples: (ScalarSample | HistogramSample)[] = [];
    const part = `metric ${family.definition.name}`;
    if (guard.isOff(part)) continue;
    try {
      for (const sample of family.collect()) {
        samples.push(sample);
        const sliceMs = monotonicMs() - sliceStartMs;
        if (sliceMs > SLICE_MS) {
          heldMs += sliceMs;
          await turnOfTheLoop();
          sliceStartMs = monotonicMs();
        }
      }
      metrics.push({ name: family.definition.name, samples });
    } catch (error) {
      guard.fail(part, error);
    }
  }
  onCollected(heldMs + monotonicMs() - sliceStartMs);
  return metrics;
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

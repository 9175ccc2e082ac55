/** The event loop's delay as metrics: the conventions' gauges, and a histogram that can be added up. */

import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import { LogLinearHistogram } from "../catalog/log-linear-histogram";
import type { MetricDefinition } from "../catalog/metric-definition";
import type { HistogramSample, MetricFamily } from "../quantiles/metric-samples";
import { scalarFamily } from "../quantiles/metric-samples";
import type { SlidingHistogram } from "../quantiles/sliding-histogram";

/**
 * @param lastMinute delays, microseconds, turned once a frame.
 * @param cumulative the same since start.
 */
export function eventLoopDelayFamilies(
  lastMinute: SlidingHistogram,
  cumulative: LogLinearHistogram,
): readonly MetricFamily[] {
  const minute = new LogLinearHistogram();
  const gauge = (definition: MetricDefinition, read: (delays: LogLinearHistogram) => number): MetricFamily =>
    scalarFamily(definition, () => {
      minute.reset();
      lastMinute.addLastMinuteTo(minute);
      return minute.count === 0 ? null : read(minute) / 1e6;
    });
  return [
    gauge(EVENTLOOP_METRICS.delayMin, (delays) => delays.min),
    gauge(EVENTLOOP_METRICS.delayMax, (delays) => delays.max),
    gauge(EVENTLOOP_METRICS.delayMean, (delays) => delays.mean),
    gauge(EVENTLOOP_METRICS.delayStddev, standardDeviation),
    gauge(EVENTLOOP_METRICS.delayP50, (delays) => delays.quantile(0.5)),
    gauge(EVENTLOOP_METRICS.delayP90, (delays) => delays.quantile(0.9)),
    gauge(EVENTLOOP_METRICS.delayP99, (delays) => delays.quantile(0.99)),
    { definition: EVENTLOOP_METRICS.delay, collect: () => [bucketsOf(cumulative)] },
  ];
}

function standardDeviation(delays: LogLinearHistogram): number {
  let squares = 0;
  for (const { value, count } of delays.buckets()) squares += count * (value - delays.mean) ** 2;
  return Math.sqrt(squares / delays.count);
}

/** Observations carry fractional weights (milliseconds of time); a bucket holds their whole number. */
function bucketsOf(cumulative: LogLinearHistogram): HistogramSample {
  const atMost = EVENTLOOP_METRICS.delay.buckets.map((bound) =>
    Math.round(cumulative.countAtMost(bound * 1e6)),
  );
  const all = [...atMost, Math.round(cumulative.count)];
  return {
    labels: [],
    counts: all.map((count, index) => count - (all[index - 1] ?? 0)),
    sum: cumulative.sum / 1e6,
  };
}

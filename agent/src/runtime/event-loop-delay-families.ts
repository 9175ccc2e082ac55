/** The event loop's delay as metrics: the conventions' gauges, and a histogram that can be added up. */

import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import { LogLinearHistogram } from "../catalog/log-linear-histogram";
import { distributionFamily } from "../quantiles/distribution-readings";
import type { HistogramSample, MetricFamily } from "../quantiles/metric-samples";
import type { SlidingHistogram } from "../quantiles/sliding-histogram";

const DELAY_GAUGES = [
  EVENTLOOP_METRICS.delayMin,
  EVENTLOOP_METRICS.delayMax,
  EVENTLOOP_METRICS.delayMean,
  EVENTLOOP_METRICS.delayStddev,
  EVENTLOOP_METRICS.delayP50,
  EVENTLOOP_METRICS.delayP90,
  EVENTLOOP_METRICS.delayP99,
];

/**
 * @param lastMinute delays, microseconds, turned once a frame.
 * @param cumulative the same since start.
 */
export function eventLoopDelayFamilies(
  lastMinute: SlidingHistogram,
  cumulative: LogLinearHistogram,
): readonly MetricFamily[] {
  const minute = new LogLinearHistogram();
  const lastMinuteOnly = () => {
    minute.reset();
    lastMinute.addLastMinuteTo(minute);
    return [{ labels: [], of: minute }];
  };
  return [
    ...DELAY_GAUGES.map((definition) => distributionFamily(definition, lastMinuteOnly)),
    { definition: EVENTLOOP_METRICS.delay, collect: () => [bucketsOf(cumulative)] },
  ];
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

/**
 * Requests apart, as k6's output tells them: the statistics of each request's duration, by its name. k6 also tells
 * methods and statuses apart, which would be series for every combination.
 */
import type { MetricSelector } from "../engine/engine.js";
import type { MetricSource } from "../measure/metric.js";
import type { RemoteWriteSample } from "./remote-write-request.js";
import { figuresOf, type TrendStatistic } from "./run-samples.js";

/** To be kept by the engine; it bounds the names, and puts what is over the bound under `other`. */
export const REQUESTS_BY_NAME: MetricSelector = { name: "http_req_duration", tags: {}, forAll: "name" };

/** Nothing where the engine keeps no parts. */
export function requestSamples(
  source: MetricSource,
  statistics: readonly TrendStatistic[],
  labels: Readonly<Record<string, string>>,
  atMs: number,
): readonly RemoteWriteSample[] {
  return [...(source.findEach?.(REQUESTS_BY_NAME) ?? [])].flatMap(([requestName, view]) =>
    figuresOf(view, statistics).map(({ name, value }) => ({
      labels: { ...labels, name: requestName, __name__: name },
      value,
      atMs,
    })),
  );
}

/**
 * A run's thresholds as series: the limit in base units, so that a dashboard can draw it as a line over what it
 * limits, and whether the threshold holds. k6 pushes nothing of its thresholds, so the names are ours.
 */
import type { MetricContents } from "../measure/metric.js";
import type { RemoteWriteSample } from "./remote-write-request.js";

/** One threshold, as far as a graph needs it. */
export interface ExportedThreshold {
  /** Without tags: `http_req_duration`. */
  readonly metric: string;
  /** As the script has it: `http_req_duration{name:GET /users/:id} p(95)<100`. */
  readonly text: string;
  /** k6's spelling: `p(95)`, `rate`. */
  readonly aggregation: string;
  readonly limit: number;
  /** `time`: the limit is milliseconds. */
  readonly contents: MetricContents;
}

/** @param holding for each threshold in its order whether it holds; null where nothing is known yet. */
export function thresholdSamples(
  thresholds: readonly ExportedThreshold[],
  holding: readonly (boolean | null)[],
  labels: Readonly<Record<string, string>>,
  atMs: number,
): readonly RemoteWriteSample[] {
  return thresholds.flatMap(({ metric, text, aggregation, limit, contents }, index) => {
    const own = { ...labels, metric, threshold: text, aggregation };
    const base = contents === "time" ? limit / 1000 : limit;
    const holds = holding[index] ?? null;
    return [
      { labels: { ...own, __name__: "loopscope_threshold_limit" }, value: base, atMs },
      ...(holds === null
        ? []
        : [{ labels: { ...own, __name__: "loopscope_threshold_ok" }, value: Number(holds), atMs }]),
    ];
  });
}

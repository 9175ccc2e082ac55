/**
 * A run's metrics as k6's Prometheus output names them: `k6_` before the name, `_total` after a counter, `_rate`
 * after a rate, the statistic after a trend, times in seconds without a unit in the name.
 */
import type { DeclaredMetric } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { Aggregation, MetricSource, MetricView } from "../measure/metric.js";
import type { RemoteWriteSample } from "./remote-write-request.js";

/** One statistic of trends: what it is called in a series' name, and how it is asked for. */
export interface TrendStatistic {
  readonly suffix: string;
  readonly aggregation: Aggregation;
}

/** What the dashboards show; k6 alone would send p99. */
export const DEFAULT_TREND_STATISTICS = "p(50),p(95),p(99)";

const PLAIN_STATISTICS = ["avg", "min", "med", "max"] as const;

/**
 * Reads k6's list, `p(95),p(99.9),avg`.
 * @throws LoopscopeError for a statistic that there is not.
 */
export function parseTrendStatistics(text: string): readonly TrendStatistic[] {
  return text.split(",").map((part) => {
    const word = part.trim();
    const plain = PLAIN_STATISTICS.find((candidate) => candidate === word);
    if (plain !== undefined) return { suffix: plain, aggregation: { method: plain } };
    const [, digits] = /^p\((\d+(?:\.\d+)?)\)$/.exec(word) ?? [];
    const percent = Number(digits);
    if (digits !== undefined && percent <= 100) {
      return { suffix: `p${digits.replace(".", "")}`, aggregation: { method: "percentile", percent } };
    }
    throw new LoopscopeError(
      "INVALID_OPTION",
      `K6_PROMETHEUS_RW_TREND_STATS may name avg, min, med, max and p(0) to p(100), got "${word}".`,
    );
  });
}

/** Everything that has data at this moment. */
export function runSamples(
  metrics: readonly DeclaredMetric[],
  source: MetricSource,
  statistics: readonly TrendStatistic[],
  labels: Readonly<Record<string, string>>,
  atMs: number,
): readonly RemoteWriteSample[] {
  return metrics.flatMap((metric) => {
    const view = source.find(metric.name, {});
    if (view === undefined || view.sampleCount === 0) return [];
    return figuresOf(view, statistics).map(({ name, value }) => ({
      labels: { ...labels, __name__: name },
      value,
      atMs,
    }));
  });
}

interface Figure {
  readonly name: string;
  readonly value: number;
}

/** What is pushed of one metric. */
export function figuresOf(view: MetricView, statistics: readonly TrendStatistic[]): readonly Figure[] {
  const name = `k6_${view.name}`;
  switch (view.type) {
    case "counter":
      return figure(`${name}_total`, view.aggregate({ method: "count" }));
    case "gauge":
      return figure(name, view.aggregate({ method: "value" }));
    case "rate":
      return figure(`${name}_rate`, view.aggregate({ method: "rate" }));
    case "trend": {
      const unit = view.contents === "time" ? 1000 : 1;
      return statistics.flatMap(({ suffix, aggregation }) => {
        const value = view.aggregate(aggregation);
        return figure(`${name}_${suffix}`, value === undefined ? undefined : value / unit);
      });
    }
  }
}

function figure(name: string, value: number | undefined): readonly Figure[] {
  return value === undefined ? [] : [{ name, value }];
}

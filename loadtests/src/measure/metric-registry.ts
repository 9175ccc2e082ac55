/** Every metric of a run and the parts of them that thresholds ask for. */

import type { DeclaredMetric, MetricResult, MetricSelector } from "../engine/engine.js";
import type { Aggregation, MetricContents, MetricSource, MetricType, MetricView, Tags } from "./metric.js";
import { Metric, MetricPart, type MetricSamples } from "./metric-parts.js";
import { type MetricSink, TimeTrendSink } from "./metric-sinks.js";
import { WindowSink } from "./window-sink.js";

export class MetricRegistry implements MetricSource {
  readonly #metrics = new Map<string, Metric>();
  readonly #elapsedSeconds: () => number;

  /** @param elapsedSeconds since the load started; 0 before. */
  constructor(elapsedSeconds: () => number) {
    this.#elapsedSeconds = elapsedSeconds;
  }

  /**
   * The metric of that name, made when it is new.
   * @throws RangeError when it exists with another type or other contents.
   */
  declare(name: string, type: MetricType, contents: MetricContents = "default"): Metric {
    const existing = this.#metrics.get(name);
    if (existing === undefined) {
      const metric = new Metric(name, type, contents);
      this.#metrics.set(name, metric);
      return metric;
    }
    if (existing.type !== type || existing.contents !== contents) {
      throw new RangeError(
        `metric '${name}' is already a ${existing.type} of ${existing.contents} values ` +
          `and cannot also be a ${type} of ${contents} values`,
      );
    }
    return existing;
  }

  /** Starts keeping the parts that thresholds name. Selectors of unknown metrics are left alone. */
  keepParts(selectors: readonly MetricSelector[]): void {
    for (const selector of selectors) {
      const metric = this.#metrics.get(selector.name);
      if (metric === undefined || isWhole(selector)) continue;
      if (metric.parts.some((part) => part.is(selector))) continue;
      metric.parts.push(new MetricPart(metric, selector, this.#elapsedSeconds));
    }
  }

  /** Drops every sample so far; the metrics and their parts stay. */
  forget(): void {
    for (const metric of this.#metrics.values()) metric.forget();
  }

  /** Hands over every sample so far, for the registry of another thread, and forgets it. */
  take(): MetricSamples[] {
    return [...this.#metrics.values()].flatMap((metric) => metric.take() ?? []);
  }

  /** Adds what another thread's registry gathered. @param atSeconds when, since the load started: for windows */
  add(taken: readonly MetricSamples[], atSeconds: number): void {
    for (const samples of taken) {
      this.declare(samples.name, samples.type, samples.contents).addSamples(samples, atSeconds);
    }
  }

  declared(): DeclaredMetric[] {
    return [...this.#metrics.values()].map(({ name, type, contents }) => ({ name, type, contents }));
  }

  find(name: string, tags: Tags, lastSeconds?: number): MetricView | undefined {
    const metric = this.#metrics.get(name);
    if (metric === undefined) return undefined;
    const selector = lastSeconds === undefined ? { name, tags } : { name, tags, lastSeconds };
    if (isWhole(selector)) return this.#view(metric, metric.sink);
    const part = metric.parts.find((candidate) => candidate.is(selector));
    return part === undefined ? undefined : this.#view(metric, part.sink);
  }

  findEach(selector: MetricSelector): ReadonlyMap<string, MetricView> {
    const metric = this.#metrics.get(selector.name);
    const part = metric?.parts.find((candidate) => candidate.is(selector));
    const views = new Map<string, MetricView>();
    if (metric === undefined || part === undefined) return views;
    for (const [value, sink] of part.byValue) views.set(value, this.#view(metric, sink));
    return views;
  }

  /** Metrics and parts that have samples, with the figures of k6's summary. */
  results(trendStats: readonly string[]): MetricResult[] {
    const elapsedSeconds = this.#elapsedSeconds();
    const results: MetricResult[] = [];
    for (const metric of this.#metrics.values()) {
      const { name, type, contents } = metric;
      if (metric.sink.sampleCount > 0) {
        results.push({
          name,
          tags: {},
          type,
          contents,
          values: metric.sink.values(trendStats, elapsedSeconds),
        });
      }
      for (const { selector, sink } of metric.parts) {
        // A window's last position is no result of the load, and k6's summary has no parts by value.
        if (sink instanceof WindowSink || selector.forAll !== undefined) continue;
        const { tags } = selector;
        results.push({ name, tags, type, contents, values: sink.values(trendStats, elapsedSeconds) });
      }
    }
    return results;
  }

  /** A part shows what comes after too; a window is what it was when it was asked for. */
  #view({ name, type, contents }: Metric, part: MetricSink | WindowSink): MetricView {
    const isWindow = part instanceof WindowSink;
    const sink = isWindow ? part.latest() : part;
    const seconds = isWindow ? () => Math.min(part.seconds, this.#elapsedSeconds()) : this.#elapsedSeconds;
    return {
      name,
      type,
      contents,
      get sampleCount() {
        return sink.sampleCount;
      },
      aggregate: (aggregation: Aggregation) => sink.aggregate(aggregation, seconds()),
      ...(sink instanceof TimeTrendSink
        ? { countAtMost: (valueMs: number) => sink.histogram.countAtMost(valueMs * 1000) }
        : {}),
    };
  }
}

function isWhole({ tags, lastSeconds, forAll }: MetricSelector): boolean {
  return Object.keys(tags).length === 0 && lastSeconds === undefined && forAll === undefined;
}

/** What a record keeps of each trend: what the script asks for, and what GitLab's widget reads. */
export function recordedTrendStats(summaryTrendStats: readonly string[]): readonly string[] {
  return [...new Set([...summaryTrendStats, "p(90)", "p(95)"])];
}

/** Every metric of a run and the parts of them that thresholds ask for. */

import type { DeclaredMetric, MetricResult, MetricSelector } from "../engine/engine.js";
import type { Aggregation, MetricContents, MetricSource, MetricType, MetricView, Tags } from "./metric.js";
import { createSink, type MetricSink, TimeTrendSink } from "./metric-sinks.js";
import { WindowSink } from "./window-sink.js";

/** One metric: its whole, and its parts by tags. */
export class Metric {
  sink: MetricSink;
  /** Empty unless thresholds name parts of this metric; callers may skip making tags then. */
  readonly parts: MetricPart[] = [];

  readonly name: string;
  readonly type: MetricType;
  readonly contents: MetricContents;

  constructor(name: string, type: MetricType, contents: MetricContents) {
    this.name = name;
    this.type = type;
    this.contents = contents;
    this.sink = createSink(type, contents);
  }

  /** @param tags every tag of the sample; only read when the metric has parts. */
  add(value: number, tags: Tags): void {
    this.sink.add(value);
    for (const part of this.parts) {
      if (part.matches(tags)) part.sinkFor(tags).add(value);
    }
  }

  forget(): void {
    this.sink = createSink(this.type, this.contents);
    for (const part of this.parts) part.forget();
  }
}

/** Values of a tag that are kept apart; the rest share `other`. */
const MAX_VALUES = 200;

/** The samples of a metric that carry certain tags: all or the latest, together or by a tag's value. */
class MetricPart {
  sink: MetricSink | WindowSink;
  readonly selector: MetricSelector;
  /** By the value of the tag `forAll`. */
  readonly byValue = new Map<string, MetricSink | WindowSink>();
  readonly #create: () => MetricSink | WindowSink;
  readonly #wanted: readonly (readonly [string, string])[];

  constructor(metric: Metric, selector: MetricSelector, elapsedSeconds: () => number) {
    const { tags, lastSeconds } = selector;
    const whole = (): MetricSink => createSink(metric.type, metric.contents);
    this.selector = selector;
    this.#create =
      lastSeconds === undefined ? whole : () => new WindowSink(lastSeconds, whole, elapsedSeconds);
    this.sink = this.#create();
    this.#wanted = Object.entries(tags);
  }

  forget(): void {
    this.sink = this.#create();
    this.byValue.clear();
  }

  is({ tags, lastSeconds, forAll }: Omit<MetricSelector, "name">): boolean {
    const own = this.selector;
    return own.lastSeconds === lastSeconds && own.forAll === forAll && sameTags(own.tags, tags);
  }

  sinkFor(tags: Tags): MetricSink | WindowSink {
    const { forAll } = this.selector;
    if (forAll === undefined) return this.sink;
    const value = tags[forAll] ?? "";
    const known = this.byValue.get(value);
    if (known !== undefined) return known;
    const bounded = this.byValue.size < MAX_VALUES ? value : "other";
    const sink = this.byValue.get(bounded) ?? this.#create();
    this.byValue.set(bounded, sink);
    return sink;
  }

  matches(tags: Tags): boolean {
    for (const [key, value] of this.#wanted) {
      if (tags[key] !== value) return false;
    }
    return true;
  }
}

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

function sameTags(left: Tags, right: Tags): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

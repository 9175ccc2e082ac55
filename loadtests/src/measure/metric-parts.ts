/** A metric and the parts of it that thresholds ask for. */

import type { DeclaredMetric, MetricSelector } from "../engine/engine.js";
import type { MetricContents, MetricType, Tags } from "./metric.js";
import { createSink, type MetricSink, type SinkSnapshot } from "./metric-sinks.js";
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

  /** Hands over its samples and forgets them; null without any. Only for metrics without windows. */
  take(): MetricSamples | null {
    if (this.sink.sampleCount === 0) return null;
    const { name, type, contents } = this;
    return {
      name,
      type,
      contents,
      whole: taken(this.sink),
      parts: this.parts.flatMap((part) => part.take()),
    };
  }

  /** @param atSeconds when they were gathered, since the load started */
  addSamples({ whole, parts }: MetricSamples, atSeconds: number): void {
    this.sink.addSnapshot(whole);
    for (const part of this.parts) part.addSamples(whole, parts, atSeconds);
  }
}

/** What a metric and its parts gathered in some time, as it is handed from thread to thread. */
export interface MetricSamples extends DeclaredMetric {
  readonly whole: SinkSnapshot;
  readonly parts: readonly PartSamples[];
}

interface PartSamples extends Pick<MetricSelector, "tags" | "forAll"> {
  /** Of the tag `forAll`; absent without one. */
  readonly value?: string;
  readonly sink: SinkSnapshot;
}

function taken(sink: MetricSink): SinkSnapshot {
  const snapshot = sink.snapshot();
  sink.reset();
  return snapshot;
}

/** Values of a tag that are kept apart; the rest share `other`. */
const MAX_VALUES = 200;

/** The samples of a metric that carry certain tags: all or the latest, together or by a tag's value. */
export class MetricPart {
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
    return forAll === undefined ? this.sink : this.#sinkOfValue(tags[forAll] ?? "");
  }

  /** Hands over the samples and forgets them. */
  take(): PartSamples[] {
    const { tags, forAll } = this.selector;
    const entries: (readonly [string | undefined, MetricSink | WindowSink])[] =
      forAll === undefined ? [[undefined, this.sink]] : [...this.byValue];
    return entries.flatMap(([value, sink]) => {
      if (sink instanceof WindowSink || sink.sampleCount === 0) return [];
      const selected = forAll === undefined ? { tags } : { tags, forAll };
      return { ...selected, ...(value === undefined ? {} : { value }), sink: taken(sink) };
    });
  }

  /** Adds its share of what another thread gathered, which keeps no windows: those are made here. */
  addSamples(whole: SinkSnapshot, parts: readonly PartSamples[], atSeconds: number): void {
    const { tags, forAll } = this.selector;
    const isWhole = forAll === undefined && Object.keys(tags).length === 0;
    if (isWhole) addTo(this.sink, whole, atSeconds);
    for (const part of parts) {
      if (part.forAll !== forAll || !sameTags(part.tags, tags)) continue;
      addTo(part.value === undefined ? this.sink : this.#sinkOfValue(part.value), part.sink, atSeconds);
    }
  }

  #sinkOfValue(value: string): MetricSink | WindowSink {
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

function addTo(sink: MetricSink | WindowSink, samples: SinkSnapshot, atSeconds: number): void {
  if (sink instanceof WindowSink) sink.addSnapshot(samples, atSeconds);
  else sink.addSnapshot(samples);
}

function sameTags(left: Tags, right: Tags): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

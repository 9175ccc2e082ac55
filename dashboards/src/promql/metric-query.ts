/** Reads metrics of the catalogue. A counter can only be read as a rate or an increase, a gauge only as it is. */
import type { MetricDefinition } from "@loopscope/agent/catalog";
import type { Vector } from "./vector.js";

/** Labels that Prometheus itself gives every series of a scraped (or OTLP-pushed) service. */
export const TARGET_LABELS = ["job", "instance", "service_name"] as const;
export type TargetLabel = (typeof TARGET_LABELS)[number];

export type GaugeDefinition = MetricDefinition & { readonly type: "gauge" };
export type CounterDefinition = MetricDefinition & { readonly type: "counter" };
export type HistogramDefinition = MetricDefinition & { readonly type: "histogram" };

export type LabelOf<M extends MetricDefinition> = M["labels"][number] | TargetLabel;

/** A matcher as PromQL writes it after the label's name: `="active"`, `=~"5.."`. */
export type Matcher = `${"=" | "!=" | "=~" | "!~"}"${string}"`;
export type Matchers<L extends string> = { readonly [K in L]?: Matcher };

/** A PromQL duration, or Grafana's variable for one. */
export type Duration = `${number}${"s" | "m" | "h" | "d"}` | "$__rate_interval" | "$__range";

/** What every selector of a query gets: the dashboards' variables, or nothing within rules. */
export interface Scope {
  /** Applied to each selector whose series have the label. */
  readonly matchers: Matchers<string>;
  /** The range of every rate that states none. */
  readonly window: Duration;
}

/** Anything with a name and labels that can stand as a selector: a metric, or the outcome of a rule. */
interface Selectable {
  readonly name: string;
  readonly labels: readonly string[];
}

/** `name{label="value"}`; the scope's matchers come first, the query's own after them. */
export function selectorText(source: Selectable, scope: Scope, matchers: Matchers<string>): string {
  const scoped = Object.entries(scope.matchers).filter(([label]) => source.labels.includes(label));
  const own = Object.entries(matchers);
  const parts = [...scoped, ...own].map(([label, matcher]) => `${label}${matcher}`);
  return parts.length === 0 ? source.name : `${source.name}{${parts.join(",")}}`;
}

function selectable(metric: MetricDefinition, suffix = "", extraLabels: readonly string[] = []): Selectable {
  return { name: metric.name + suffix, labels: [...TARGET_LABELS, ...metric.labels, ...extraLabels] };
}

/** The ways to read metrics within one scope. */
export class MetricQueries {
  readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  gauge<const M extends GaugeDefinition>(metric: M, matchers: Matchers<LabelOf<M>> = {}): Vector<LabelOf<M>> {
    const selector = selectorText(selectable(metric), this.scope, matchers);
    return { promql: selector, labels: labelsOf(metric), selectors: [selector] };
  }

  /** Largest value within the range: what a gauge reached between two points of a graph. */
  maxOverTime<const M extends GaugeDefinition>(
    metric: M,
    window: Duration = this.scope.window,
    matchers: Matchers<LabelOf<M>> = {},
  ): Vector<LabelOf<M>> {
    const selector = selectorText(selectable(metric), this.scope, matchers);
    return {
      promql: `max_over_time(${selector}[${window}])`,
      labels: labelsOf(metric),
      selectors: [selector],
    };
  }

  /** The latest value within the range, also of a series that has ended since. */
  lastOverTime<const M extends GaugeDefinition>(
    metric: M,
    window: Duration,
    matchers: Matchers<LabelOf<M>> = {},
  ): Vector<LabelOf<M>> {
    const selector = selectorText(selectable(metric), this.scope, matchers);
    return {
      promql: `last_over_time(${selector}[${window}])`,
      labels: labelsOf(metric),
      selectors: [selector],
    };
  }

  /** How often a gauge's value changed within the range. */
  changes<const M extends GaugeDefinition>(metric: M, window: Duration): Vector<LabelOf<M>> {
    const selector = selectorText(selectable(metric), this.scope, {});
    return { promql: `changes(${selector}[${window}])`, labels: labelsOf(metric), selectors: [selector] };
  }

  /** Growth a second; a restart of the process counts from zero. */
  rate<const M extends CounterDefinition>(
    metric: M,
    matchers: Matchers<LabelOf<M>> = {},
    window: Duration = this.scope.window,
  ): Vector<LabelOf<M>> {
    return this.ranged("rate", selectable(metric), labelsOf(metric), matchers, window);
  }

  increase<const M extends CounterDefinition>(
    metric: M,
    window: Duration,
    matchers: Matchers<LabelOf<M>> = {},
  ): Vector<LabelOf<M>> {
    return this.ranged("increase", selectable(metric), labelsOf(metric), matchers, window);
  }

  /** Rate of a histogram's cumulative buckets: what histogramQuantile takes. */
  bucketRate<const M extends HistogramDefinition>(
    metric: M,
    matchers: Matchers<LabelOf<M> | "le"> = {},
  ): Vector<LabelOf<M> | "le"> {
    const source = selectable(metric, "_bucket", ["le"]);
    return this.ranged("rate", source, [...labelsOf(metric), "le"], matchers, this.scope.window);
  }

  /** Observations a second. */
  countRate<const M extends HistogramDefinition>(
    metric: M,
    matchers: Matchers<LabelOf<M>> = {},
  ): Vector<LabelOf<M>> {
    return this.ranged("rate", selectable(metric, "_count"), labelsOf(metric), matchers, this.scope.window);
  }

  /** Sum of what was observed, a second: for a duration, seconds spent a second. */
  sumRate<const M extends HistogramDefinition>(
    metric: M,
    matchers: Matchers<LabelOf<M>> = {},
  ): Vector<LabelOf<M>> {
    return this.ranged("rate", selectable(metric, "_sum"), labelsOf(metric), matchers, this.scope.window);
  }

  private ranged<L extends string>(
    operation: "rate" | "increase",
    source: Selectable,
    labels: readonly L[],
    matchers: Matchers<string>,
    window: Duration,
  ): Vector<L> {
    const selector = selectorText(source, this.scope, matchers);
    return { promql: `${operation}(${selector}[${window}])`, labels, selectors: [selector] };
  }
}

function labelsOf<M extends MetricDefinition>(metric: M): readonly LabelOf<M>[] {
  // The definition's labels are exactly the literal types of M: the catalogue keeps them.
  return [...TARGET_LABELS, ...metric.labels] as readonly LabelOf<M>[];
}

/**
 * Matches one bucket of a histogram by its bound, which must be one of the metric's own: an objective between
 * two bounds cannot be judged. Prometheus 3 rewrites a scraped `le="1"` to `le="1.0"`; both are matched.
 */
export function bucketBound<const M extends HistogramDefinition & { readonly buckets: readonly number[] }>(
  metric: M,
  bound: M["buckets"][number],
): Matcher {
  if (!metric.buckets.includes(bound)) {
    throw new RangeError(`${metric.name} has no bucket bound ${bound}`);
  }
  return Number.isInteger(bound) ? `=~"${bound}|${bound}[.]0"` : `="${bound}"`;
}

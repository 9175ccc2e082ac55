/** Sends a run's metrics to an OpenTelemetry collector, or whoever else takes OTLP over HTTP. */
import type { DeclaredMetric } from "../engine/engine.js";
import type { MetricSource } from "../measure/metric.js";
import type { OtlpSettings } from "./export-settings.js";
import { MetricPush } from "./metric-push.js";
import { type OtlpPart, otlpRunDocument } from "./otlp-run-document.js";
import { REQUESTS_BY_NAME } from "./request-samples.js";

export class OtlpRunExporter {
  readonly #settings: OtlpSettings;
  readonly #metrics: readonly DeclaredMetric[];
  readonly #testId: string;
  readonly #push: MetricPush;
  #startMs = 0;

  constructor(
    settings: OtlpSettings,
    metrics: readonly DeclaredMetric[],
    testId: string,
    say: (line: string) => void,
  ) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#testId = testId;
    const headers = { ...settings.headers, "content-type": "application/json" };
    this.#push = new MetricPush({ url: settings.url, headers, intervalMs: settings.exportIntervalMs }, say);
  }

  onLoadStart(atMs: number): void {
    this.#startMs = atMs;
  }

  onInterval(source: MetricSource, atMs: number): void {
    this.#push.whenDue(atMs, () => this.#document(source, atMs));
  }

  async finish(source: MetricSource, atMs: number): Promise<void> {
    await this.#push.atLast(() => this.#document(source, atMs));
  }

  #document(source: MetricSource, nowMs: number): string | null {
    const { serviceName, prefix } = this.#settings;
    const run = { serviceName, prefix, testId: this.#testId, startMs: this.#startMs, nowMs };
    return otlpRunDocument(this.#parts(source), run);
  }

  /** Durations of requests by their names, in place of all together: a reader adds them up. */
  #parts(source: MetricSource): readonly OtlpPart[] {
    const byName = [...(source.findEach?.(REQUESTS_BY_NAME) ?? [])].map(([name, view]) => ({
      view,
      attributes: { name },
    }));
    const isParted = byName.length > 0;
    const wholes = this.#metrics.flatMap(({ name }) => {
      const view = isParted && name === REQUESTS_BY_NAME.name ? undefined : source.find(name, {});
      return view === undefined ? [] : [{ view, attributes: {} }];
    });
    return [...wholes, ...byName];
  }
}

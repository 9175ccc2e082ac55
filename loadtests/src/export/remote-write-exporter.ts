/** Pushes a run's metrics to Prometheus by remote write. */
import type { DeclaredMetric } from "../engine/engine.js";
import type { MetricSource } from "../measure/metric.js";
import type { RemoteWriteSettings } from "./export-settings.js";
import { type MetricBody, MetricPush } from "./metric-push.js";
import { type RemoteWriteSample, remoteWriteBody } from "./remote-write-request.js";
import { requestSamples } from "./request-samples.js";
import { runSamples } from "./run-samples.js";
import { type ExportedThreshold, thresholdSamples } from "./threshold-samples.js";

const BODY_HEADERS = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

export class RemoteWriteExporter {
  readonly #settings: RemoteWriteSettings;
  readonly #metrics: readonly DeclaredMetric[];
  readonly #thresholds: readonly ExportedThreshold[];
  readonly #labels: Readonly<Record<string, string>>;
  readonly #push: MetricPush;
  #holding: readonly (boolean | null)[] = [];
  /** Every series that was pushed, by its labels, so that each can be ended. */
  readonly #series = new Map<string, RemoteWriteSample>();

  constructor(
    settings: RemoteWriteSettings,
    metrics: readonly DeclaredMetric[],
    thresholds: readonly ExportedThreshold[],
    labels: Readonly<Record<string, string>>,
    say: (line: string) => void,
  ) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#thresholds = thresholds;
    this.#labels = labels;
    const { url, headers, pushIntervalMs: intervalMs } = settings;
    this.#push = new MetricPush({ url, headers: { ...headers, ...BODY_HEADERS }, intervalMs }, say);
  }

  /** Which thresholds hold, in their order: pushed with the next totals. */
  onJudged(holding: readonly (boolean | null)[]): void {
    this.#holding = holding;
  }

  onInterval(source: MetricSource, atMs: number): void {
    this.#push.whenDue(atMs, () => bodyOf(this.#collect(source, atMs)));
  }

  /** The last totals, and then the end of every series, so that no graph goes on after the run. */
  async finish(source: MetricSource, atMs: number): Promise<void> {
    await this.#push.atLast(() => bodyOf(this.#collect(source, atMs)));
    if (!this.#settings.staleMarkers) return;
    // A millisecond later: two samples of one series at the same time would be refused.
    await this.#push.atLast(() =>
      bodyOf([...this.#series.values()].map((sample) => ({ ...sample, value: undefined, atMs: atMs + 1 }))),
    );
  }

  #collect(source: MetricSource, atMs: number): readonly RemoteWriteSample[] {
    const samples = [
      ...runSamples(this.#metrics, source, this.#settings.statistics, this.#labels, atMs),
      ...requestSamples(source, this.#settings.statistics, this.#labels, atMs),
      ...thresholdSamples(this.#thresholds, this.#holding, this.#labels, atMs),
    ];
    for (const sample of samples) this.#series.set(JSON.stringify(sample.labels), sample);
    return samples;
  }
}

function bodyOf(samples: readonly RemoteWriteSample[]): MetricBody | null {
  return samples.length === 0 ? null : remoteWriteBody(samples);
}

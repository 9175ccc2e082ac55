/** Pushes a run's metrics to Prometheus while it runs. What goes wrong is told once and never fails the run. */
import type { DeclaredMetric } from "../engine/engine.js";
import type { MetricSource } from "../measure/metric.js";
import type { RemoteWriteSettings } from "./export-settings.js";
import { failureReason } from "./failure-reason.js";
import { type RemoteWriteSample, remoteWriteBody } from "./remote-write-request.js";
import { requestSamples } from "./request-samples.js";
import { runSamples } from "./run-samples.js";
import { type ExportedThreshold, thresholdSamples } from "./threshold-samples.js";

/** A push that takes longer is given up: the next one brings the same totals. */
const PUSH_TIMEOUT_MS = 5000;
/** Intervals of a second come a little early or late: one that is early by less than this is not put off. */
const EARLY_MS = 300;

export class RemoteWriteExporter {
  readonly #settings: RemoteWriteSettings;
  readonly #metrics: readonly DeclaredMetric[];
  readonly #thresholds: readonly ExportedThreshold[];
  readonly #labels: Readonly<Record<string, string>>;
  readonly #say: (line: string) => void;
  #lastPushAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> = Promise.resolve();
  #pushing = false;
  #complained = false;
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
    this.#say = say;
  }

  /** Which thresholds hold, in their order: pushed with the next totals. */
  onJudged(holding: readonly (boolean | null)[]): void {
    this.#holding = holding;
  }

  /** Pushes when the last push is long enough ago and has ended: a slow server gets fewer pushes, not a queue. */
  onInterval(source: MetricSource, atMs: number): void {
    const dueAtMs = this.#lastPushAtMs + this.#settings.pushIntervalMs - EARLY_MS;
    if (this.#pushing || atMs < dueAtMs) return;
    this.#lastPushAtMs = atMs;
    this.#underWay = this.#push(this.#collect(source, atMs));
  }

  /** The last totals, and then the end of every series, so that no graph goes on after the run. */
  async finish(source: MetricSource, atMs: number): Promise<void> {
    await this.#underWay;
    await this.#push(this.#collect(source, atMs));
    if (!this.#settings.staleMarkers) return;
    // A millisecond later: two samples of one series at the same time would be refused.
    await this.#push(
      [...this.#series.values()].map((sample) => ({ ...sample, value: undefined, atMs: atMs + 1 })),
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

  async #push(samples: readonly RemoteWriteSample[]): Promise<void> {
    if (samples.length === 0) return;
    this.#pushing = true;
    try {
      const answer = await fetch(this.#settings.url, {
        method: "POST",
        headers: {
          ...this.#settings.headers,
          "content-type": "application/x-protobuf",
          "content-encoding": "snappy",
          "x-prometheus-remote-write-version": "0.1.0",
        },
        body: remoteWriteBody(samples),
        signal: AbortSignal.timeout(PUSH_TIMEOUT_MS),
      });
      const text = await answer.text();
      if (!answer.ok) this.#complain(`${answer.status} ${text.trim()}`);
    } catch (error) {
      this.#complain(failureReason(error));
    } finally {
      this.#pushing = false;
    }
  }

  #complain(reason: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#say(
      `metrics could not be pushed to ${this.#settings.url.replace(/\/\/[^@/]*@/, "//")}: ${reason.slice(0, 300)}`,
    );
  }
}

/** Everything that a run is exported to while it runs: one object that the command tells what happens. */
import type { DeclaredMetric, MetricSelector } from "../engine/engine.js";
import type { MetricSource } from "../measure/metric.js";
import type { ExportSettings } from "./export-settings.js";
import { GrafanaAnnotation } from "./grafana-annotations.js";
import { OtlpRunExporter } from "./otlp-run-exporter.js";
import { RemoteWriteExporter } from "./remote-write-exporter.js";
import { REQUESTS_BY_NAME } from "./request-samples.js";
import type { ExportedThreshold } from "./threshold-samples.js";

export interface RunExporterOptions {
  readonly settings: ExportSettings;
  /** Shown as the label `testid`: `--tag testid=...`, or the run's id. */
  readonly testId: string;
  readonly name: string;
  readonly metrics: readonly DeclaredMetric[];
  readonly thresholds: readonly ExportedThreshold[];
  /** A line for the user. */
  say(line: string): void;
}

export class RunExporter {
  readonly #name: string;
  readonly #remoteWrite: RemoteWriteExporter | null;
  readonly #otlp: OtlpRunExporter | null;
  readonly #annotation: GrafanaAnnotation | null;
  #source: MetricSource | null = null;

  constructor({ settings, testId, name, metrics, thresholds, say }: RunExporterOptions) {
    this.#name = name;
    const { remoteWrite, otlp, grafana } = settings;
    this.#remoteWrite =
      remoteWrite === null
        ? null
        : new RemoteWriteExporter(remoteWrite, metrics, thresholds, { testid: testId }, say);
    this.#otlp = otlp === null ? null : new OtlpRunExporter(otlp, metrics, testId, say);
    this.#annotation = grafana === null ? null : new GrafanaAnnotation(grafana, testId, say);
  }

  /** What the engine is to keep apart for it: that costs each request a little. */
  get selectors(): readonly MetricSelector[] {
    return this.#remoteWrite === null && this.#otlp === null ? [] : [REQUESTS_BY_NAME];
  }

  onLoadStart(atMs: number, source: MetricSource): void {
    this.#source = source;
    this.#otlp?.onLoadStart(atMs);
    this.#annotation?.begin(atMs, `Load run ${this.#name}`);
  }

  /** For each threshold in its order whether it holds; null where nothing is known yet. */
  onJudged(holding: readonly (boolean | null)[]): void {
    this.#remoteWrite?.onJudged(holding);
  }

  /** Once a second. */
  onInterval(atMs: number): void {
    if (this.#source === null) return;
    this.#remoteWrite?.onInterval(this.#source, atMs);
    this.#otlp?.onInterval(this.#source, atMs);
  }

  /** @param source the final state; null where the load never began. */
  async finish(atMs: number, source: MetricSource | null): Promise<void> {
    const last = source ?? this.#source;
    await Promise.all([
      last === null ? undefined : this.#remoteWrite?.finish(last, atMs),
      last === null ? undefined : this.#otlp?.finish(last, atMs),
      this.#annotation?.finish(atMs, `Load run ${this.#name}`),
    ]);
  }
}

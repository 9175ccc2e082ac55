/**
 * Sends all metrics by OTLP over HTTP, again and again. Runs in the agent's thread, so that neither a slow
 * collector nor the encoding holds the application up.
 */

import { request as httpRequest, type RequestOptions } from "node:http";
import type { MetricSamples } from "../quantiles/metric-samples";
import { type OtlpResource, otlpDocument } from "./otlp-document";

/** The specification's default for `OTEL_EXPORTER_OTLP_TIMEOUT`, milliseconds. */
const TIMEOUT_MS = 10_000;

export interface OtlpExporterOptions {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`: the signal's path is added to it. */
  readonly endpoint: string;
  /** `OTEL_EXPORTER_OTLP_HEADERS`, by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** `OTEL_METRIC_EXPORT_INTERVAL`, milliseconds. */
  readonly intervalMs: number;
  readonly resource: OtlpResource;
  /** When counting began, milliseconds since the Unix epoch. */
  readonly startMs: number;
  epochMs(): number;
  /** All metrics; while the application is blocked, those of the time before and the age of the block. */
  metrics(): Promise<readonly MetricSamples[]>;
  /** Told of each request that failed, with one sentence. */
  onFailure(sentence: string): void;
}

/** @returns ends the sending; a last request is not waited for. @throws TypeError for an endpoint that is no URL. */
export function startOtlpExporter(options: OtlpExporterOptions): () => void {
  const url = metricsUrl(options.endpoint);
  let sending = false;

  async function send(): Promise<void> {
    // A collector that takes longer than the interval is sent less, and the totals later: nothing queues up.
    if (sending) return;
    sending = true;
    try {
      const metrics = await options.metrics();
      const times = { startMs: options.startMs, nowMs: options.epochMs() };
      await post(url, options.headers, JSON.stringify(otlpDocument(metrics, options.resource, times)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onFailure(`${url.origin} did not take the metrics: ${reason}`);
    } finally {
      sending = false;
    }
  }

  const timer = setInterval(() => void send(), options.intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function metricsUrl(endpoint: string): URL {
  const base = new URL(endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  return new URL("v1/metrics", base);
}

async function post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  // TLS is loaded by whom it serves only: it costs the thread megabytes.
  const request = url.protocol === "https:" ? (await import("node:https")).request : httpRequest;
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  await new Promise<void>((resolve, reject) => {
    const sent = request(url, options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode < 200 || statusCode > 299) reject(new Error(`it answered ${statusCode}`));
      response.on("end", () => resolve());
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/**
 * Sends metrics and blocks by OTLP over HTTP, again and again. Runs in the agent's thread, so that neither a slow
 * collector nor the encoding holds the application up.
 */

import { request as httpRequest, type RequestOptions } from "node:http";
import type { Block } from "../catalog/block";
import type { MetricSamples } from "../quantiles/metric-samples";
import { otlpLogsDocument } from "./otlp-logs";
import { otlpMetricsDocument } from "./otlp-metrics";
import type { OtlpResource } from "./otlp-values";

/** The specification's default for `OTEL_EXPORTER_OTLP_TIMEOUT`, milliseconds. */
const TIMEOUT_MS = 10_000;
/** A collector without a pipeline for a signal knows no such path. */
const NOT_FOUND = 404;

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
  /**
   * All metrics; while the application is blocked, those of the time before and the age of the block. Null:
   * metrics go elsewhere.
   */
  readonly metrics: (() => Promise<readonly MetricSamples[]>) | null;
  /** Takes the blocks that ended since the last call. Null: logs go elsewhere. */
  readonly takeBlocks: (() => readonly Block[]) | null;
  /** Told of each request that failed, with one sentence. */
  onFailure(sentence: string): void;
}

interface Signal {
  readonly path: string;
  /** As text, null when there is nothing to send. */
  readonly read: () => Promise<string | null>;
}

/** @returns ends the sending; a last request is not waited for. @throws TypeError for an endpoint that is no URL. */
export function startOtlpExporter(options: OtlpExporterOptions): () => void {
  const ends = signalsOf(options).map((signal) => sendAgainAndAgain(signal, options));
  return () => {
    for (const end of ends) end();
  };
}

function signalsOf(options: OtlpExporterOptions): readonly Signal[] {
  const { metrics, takeBlocks, resource, startMs } = options;
  const signals: Signal[] = [];
  if (metrics !== null) {
    const read = async () =>
      JSON.stringify(otlpMetricsDocument(await metrics(), resource, { startMs, nowMs: options.epochMs() }));
    signals.push({ path: "v1/metrics", read });
  }
  if (takeBlocks !== null) {
    const read = async () => {
      const blocks = takeBlocks();
      return blocks.length === 0
        ? null
        : JSON.stringify(otlpLogsDocument(blocks, resource, options.epochMs()));
    };
    signals.push({ path: "v1/logs", read });
  }
  return signals;
}

function sendAgainAndAgain({ path, read }: Signal, options: OtlpExporterOptions): () => void {
  const url = signalUrl(options.endpoint, path);
  let sending = false;

  async function send(): Promise<void> {
    // A collector that takes longer than the interval is sent less, and the totals later: nothing queues up.
    if (sending) return;
    sending = true;
    try {
      const body = await read();
      const status = body === null ? 200 : await post(url, options.headers, body);
      // Blocks are metrics, too: nothing is lost by a collector that takes no logs.
      if (status === NOT_FOUND && path === "v1/logs") clearInterval(timer);
      else if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onFailure(`${url.origin} did not take the ${path.slice("v1/".length)}: ${reason}`);
    } finally {
      sending = false;
    }
  }

  const timer = setInterval(() => void send(), options.intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function signalUrl(endpoint: string, path: string): URL {
  const base = new URL(endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  return new URL(path, base);
}

/** TLS is loaded by whom it serves only: it costs the thread megabytes. */
function httpsRequest(): typeof httpRequest {
  return (require("node:https") as typeof import("node:https")).request;
}

/** @returns the status of the answer. */
async function post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  const request = url.protocol === "https:" ? httpsRequest() : httpRequest;
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

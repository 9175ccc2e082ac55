/** Reads k6's JSON output, a line a sample, into the same metrics and records as the embedded engine's. */

import { type BuiltinMetrics, declareBuiltinMetrics } from "../../measure/builtin-metrics.js";
import type { MetricContents, MetricType, Tags } from "../../measure/metric.js";
import { MetricRegistry } from "../../measure/metric-registry.js";
import { RequestRecorder } from "../../measure/request-recorder.js";
import type { CheckResult, MetricSelector } from "../engine.js";

/** k6's error code of a request that timed out. */
const TIMEOUT_ERROR_CODE = "1050";

type K6Line =
  | {
      readonly type: "Metric";
      readonly metric: string;
      readonly data: { readonly type: MetricType; readonly contains: MetricContents };
    }
  | {
      readonly type: "Point";
      readonly metric: string;
      readonly data: { readonly time: string; readonly value: number; readonly tags: Tags | null };
    };

/** k6 writes all samples of one request together, its duration first and its failure last. */
interface OpenRequest {
  readonly tags: Tags;
  readonly endAtMs: number;
  durationMs: number;
  /** Blocked, connecting, handshaking: before the request could be sent. */
  beforeMs: number;
  failed: boolean;
}

export class K6Samples {
  readonly registry: MetricRegistry;
  readonly recorder: RequestRecorder;
  /** Epoch milliseconds of the first and the last sample of a scenario; NaN before. */
  firstAtMs = Number.NaN;
  lastAtMs = Number.NaN;
  vus = 0;
  dropped = 0;
  iterations = 0;
  readonly #builtin: BuiltinMetrics;
  readonly #selectors: readonly MetricSelector[];
  readonly #checks = new Map<string, { name: string; path: string; passes: number; fails: number }>();
  #open: OpenRequest | null = null;

  constructor(selectors: readonly MetricSelector[]) {
    this.#selectors = selectors;
    this.registry = new MetricRegistry(() => (this.lastAtMs - this.firstAtMs) / 1000 || 0);
    this.#builtin = declareBuiltinMetrics(this.registry);
    this.registry.keepParts(selectors);
    // k6 does not say when a request was due: latency is its duration, in open models too.
    this.recorder = new RequestRecorder("closed", 0);
  }

  /** Lines that are not k6's (the script's own output) are left alone. */
  readLine(text: string): void {
    if (!text.startsWith("{")) return;
    let line: K6Line;
    try {
      line = JSON.parse(text) as K6Line;
    } catch {
      return;
    }
    if (line.type === "Metric") this.#declare(line.metric, line.data.type, line.data.contains);
    else if (line.type === "Point") this.#sample(line.metric, line.data);
  }

  /** The last request has no successor to close it. */
  finish(): void {
    this.#closeRequest();
  }

  get checks(): readonly CheckResult[] {
    return [...this.#checks.values()];
  }

  #declare(name: string, type: MetricType, contents: MetricContents): void {
    if (this.registry.find(name, {}) !== undefined) return;
    this.registry.declare(name, type, contents);
    this.registry.keepParts(this.#selectors);
  }

  #sample(
    name: string,
    data: { readonly time: string; readonly value: number; readonly tags: Tags | null },
  ): void {
    const tags = data.tags ?? {};
    const atMs = epochOf(data.time);
    if (tags.scenario !== undefined) {
      if (Number.isNaN(this.firstAtMs)) {
        this.firstAtMs = atMs;
        this.recorder.startClock(atMs);
      }
      this.lastAtMs = Math.max(atMs, Number.isNaN(this.lastAtMs) ? atMs : this.lastAtMs);
    }
    const view = this.registry.find(name, {});
    if (view !== undefined) this.registry.declare(name, view.type, view.contents).add(data.value, tags);
    this.#follow(name, data.value, tags, atMs);
  }

  #follow(name: string, value: number, tags: Tags, atMs: number): void {
    switch (name) {
      case "http_reqs":
        this.#closeRequest();
        this.#open = { tags, endAtMs: atMs, durationMs: 0, beforeMs: 0, failed: false };
        break;
      case "http_req_duration":
        if (this.#open !== null) this.#open.durationMs = value;
        break;
      case "http_req_blocked":
      case "http_req_connecting":
      case "http_req_tls_handshaking":
        // Blocked covers the wait for a connection slot; connecting and handshaking come on top.
        if (this.#open !== null) this.#open.beforeMs += value;
        break;
      case "http_req_failed":
        if (this.#open !== null) this.#open.failed = value !== 0;
        this.#closeRequest();
        break;
      case "checks":
        this.#countCheck(tags, value !== 0);
        break;
      case "vus":
        this.vus = value;
        break;
      case "iterations":
        this.iterations += value;
        break;
      case "dropped_iterations":
        this.dropped += value;
        break;
    }
  }

  #closeRequest(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const { tags, endAtMs, durationMs, beforeMs } = open;
    this.#builtin.responseTime.add(durationMs + beforeMs, tags);
    // Requests of setup and teardown are in the metrics, as in k6, and not part of the load.
    if (tags.scenario === undefined) return;
    const sentAtMs = endAtMs - durationMs;
    this.recorder.began(sentAtMs - beforeMs);
    this.recorder.ended(
      {
        method: tags.method ?? "GET",
        status: Number(tags.status ?? 0),
        calledAtMs: sentAtMs - beforeMs,
        intendedAtMs: sentAtMs,
        sentAtMs,
        firstByteAtMs: Number.NaN,
        endAtMs,
        durationMs,
        timedOut: tags.error_code === TIMEOUT_ERROR_CODE,
        error: tags.error === undefined ? null : { message: tags.error },
      },
      tags.name ?? tags.url ?? "",
      open.failed,
    );
  }

  #countCheck(tags: Tags, passed: boolean): void {
    const name = tags.check ?? "";
    const path = `${tags.group ?? ""}::${name}`;
    const check = this.#checks.get(path) ?? { name, path, passes: 0, fails: 0 };
    if (passed) check.passes += 1;
    else check.fails += 1;
    this.#checks.set(path, check);
  }
}

/** RFC 3339 with nanoseconds, as Go writes it. Epoch milliseconds with their fraction. */
export function epochOf(time: string): number {
  const match = /^(.{19})(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return Number.NaN;
  return Date.parse(`${match[1]}${match[3]}`) + Number(match[2] ?? 0) * 1000;
}

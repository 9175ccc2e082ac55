/** What is known of each route: counts, durations, sizes. Bounded by the number of routes. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import type { Frame, RouteFrame } from "../catalog/frame";
import { HTTP_METRICS } from "../catalog/http-metrics";
import { type HistogramSnapshot, LogLinearHistogram } from "../catalog/log-linear-histogram";
import { epochMs } from "../clock";
import { BucketHistogram } from "../quantiles/bucket-histogram";
import { distributionFamily } from "../quantiles/distribution-readings";
import { summarizeDurations } from "../quantiles/duration-summary";
import type { HistogramSample, MetricFamily, ScalarSample } from "../quantiles/metric-samples";
import { SlidingHistogram } from "../quantiles/sliding-histogram";
import { requestBodyBytes, responseBodyBytes } from "./body-size";
import { traceParent } from "./trace-parent";

/** What the conventions leave out for a path that no route matched: never the path itself. */
const UNMATCHED = "unmatched";
const OTHER = "other";
/** What stands for a status: of requests that were never answered, and of those folded together. */
const UNANSWERED = 0;
const OTHER_STATUS = -1;
/** Status codes kept apart for one route; a service that answers more than that is testing us. */
const MAX_STATUSES = 32;

interface RouteRecord {
  readonly method: string;
  readonly route: string;
  readonly durations: SlidingHistogram;
  /** By status code, which is looked up faster as a number. */
  readonly byStatus: Map<number, BucketHistogram>;
  readonly requestBytes: BucketHistogram;
  readonly responseBytes: BucketHistogram;
  abortedTotal: number;
  heldUpSeconds: number;
  windowErrors: number;
}

/** All routes together, for one frame. */
export type HttpWindow = Omit<Frame["http"], "active">;

export class RouteStatistics {
  readonly #maxRoutes: number;
  readonly #onOverflow: () => void;
  readonly #bounds: readonly number[];
  readonly #byMethod = new Map<string, Map<string, RouteRecord>>();
  readonly #allDurations = new SlidingHistogram();
  #routes = 0;
  #windowErrors = 0;
  #windowAborted = 0;

  /**
   * @param maxRoutes pairs of method and route kept apart; the rest is `other`.
   * @param onOverflow called for each request that was folded into `other`.
   */
  constructor(
    maxRoutes: number,
    onOverflow: () => void,
    bounds: readonly number[] = HTTP_METRICS.serverRequestDuration.buckets,
  ) {
    this.#maxRoutes = maxRoutes;
    this.#onOverflow = onOverflow;
    this.#bounds = bounds;
  }

  /**
   * Counts one request that ended. Separate parameters, as an object for each would be garbage on its path.
   *
   * @param route its pattern, null when no route matched.
   * @param heldUpMs how much of its duration other requests' blocks took.
   */
  record(
    request: IncomingMessage,
    response: ServerResponse,
    method: string,
    route: string | null,
    durationMs: number,
    heldUpMs: number,
  ): void {
    const record = this.#recordOf(method, route ?? UNMATCHED);
    const aborted = !response.writableFinished;
    const durationUs = durationMs * 1000;
    record.durations.record(durationUs);
    this.#allDurations.record(durationUs);
    record.heldUpSeconds += heldUpMs / 1000;
    if (aborted) {
      record.abortedTotal++;
      this.#windowAborted++;
    } else if (response.statusCode >= 500) {
      record.windowErrors++;
      this.#windowErrors++;
    }
    const status = aborted && !response.headersSent ? UNANSWERED : response.statusCode;
    const histogram = statusHistogram(record, status, this.#bounds);
    const trace = traceParent(request);
    if (trace?.sampled === true) histogram.recordTraced(durationMs / 1000, trace, epochMs() / 1000);
    else histogram.record(durationMs / 1000);
    const requestBytes = requestBodyBytes(request);
    if (requestBytes !== null) record.requestBytes.record(requestBytes);
    const responseBytes = responseBodyBytes(response);
    if (responseBytes !== null) record.responseBytes.record(responseBytes);
  }

  /** Takes what happened since the last call. */
  takeWindow(maxRoutes: number): HttpWindow {
    const all = distributionOf(this.#allDurations.window);
    this.#allDurations.turn();
    const busy: RouteRecord[] = [];
    for (const record of this.#all()) if (record.durations.window.count > 0) busy.push(record);
    busy.sort((a, b) => b.durations.window.count - a.durations.window.count);
    const byRoute = busy.slice(0, maxRoutes).map(routeFrame);
    const window = {
      ...all,
      errors: this.#windowErrors,
      aborted: this.#windowAborted,
      byRoute,
    };
    this.#windowErrors = 0;
    this.#windowAborted = 0;
    for (const record of this.#all()) {
      record.windowErrors = 0;
      record.durations.turn();
    }
    return window;
  }

  families(): readonly MetricFamily[] {
    return [
      { definition: HTTP_METRICS.serverRequestDuration, collect: () => this.#durationSamples() },
      distributionFamily(HTTP_METRICS.serverRequestDurationQuantile, () => this.#routeDistributions()),
      distributionFamily(HTTP_METRICS.serverDurationQuantile, () => this.#overallDistribution()),
      { definition: HTTP_METRICS.serverRequestBodySize, collect: () => this.#sizes("requestBytes") },
      { definition: HTTP_METRICS.serverResponseBodySize, collect: () => this.#sizes("responseBytes") },
      { definition: HTTP_METRICS.serverAborted, collect: () => this.#abortedSamples() },
      { definition: EVENTLOOP_METRICS.victimDelay, collect: () => this.#victimSamples() },
    ];
  }

  #recordOf(method: string, route: string): RouteRecord {
    const known = this.#byMethod.get(method)?.get(route);
    if (known !== undefined) return known;
    if (this.#routes < this.#maxRoutes) return this.#add(method, route);
    this.#onOverflow();
    return this.#byMethod.get(method)?.get(OTHER) ?? this.#add(method, OTHER);
  }

  #add(method: string, route: string): RouteRecord {
    const record: RouteRecord = {
      method,
      route,
      durations: new SlidingHistogram(),
      byStatus: new Map(),
      requestBytes: new BucketHistogram(HTTP_METRICS.serverRequestBodySize.buckets),
      responseBytes: new BucketHistogram(HTTP_METRICS.serverResponseBodySize.buckets),
      abortedTotal: 0,
      heldUpSeconds: 0,
      windowErrors: 0,
    };
    const routes = this.#byMethod.get(method) ?? new Map<string, RouteRecord>();
    this.#byMethod.set(method, routes.set(route, record));
    this.#routes++;
    return record;
  }

  *#all(): Generator<RouteRecord> {
    for (const routes of this.#byMethod.values()) yield* routes.values();
  }

  *#durationSamples(): Generator<HistogramSample> {
    for (const record of this.#all())
      for (const [status, histogram] of record.byStatus)
        yield histogram.sample([record.method, record.route, statusLabel(status)]);
  }

  /** One histogram for all: it is read before the next route is asked for. */
  *#routeDistributions(): Generator<{ readonly labels: readonly string[]; readonly of: LogLinearHistogram }> {
    const lastMinute = new LogLinearHistogram();
    for (const record of this.#all()) {
      if (record.durations.idle) continue;
      lastMinute.reset();
      record.durations.addLastMinuteTo(lastMinute);
      yield { labels: [record.method, record.route], of: lastMinute };
    }
  }

  *#overallDistribution(): Generator<{
    readonly labels: readonly string[];
    readonly of: LogLinearHistogram;
  }> {
    if (this.#allDurations.idle) return;
    const lastMinute = new LogLinearHistogram();
    this.#allDurations.addLastMinuteTo(lastMinute);
    yield { labels: [], of: lastMinute };
  }

  *#sizes(which: "requestBytes" | "responseBytes"): Generator<HistogramSample> {
    for (const record of this.#all())
      if (record[which].count > 0) yield record[which].sample([record.method, record.route]);
  }

  /** The metric knows no method: the routes of all methods add up. */
  #victimSamples(): readonly ScalarSample[] {
    const byRoute = new Map<string, number>();
    for (const { route, heldUpSeconds } of this.#all())
      if (heldUpSeconds > 0) byRoute.set(route, (byRoute.get(route) ?? 0) + heldUpSeconds);
    return [...byRoute].map(([route, value]) => ({ labels: [route], value }));
  }

  *#abortedSamples(): Generator<ScalarSample> {
    for (const { method, route, abortedTotal } of this.#all())
      if (abortedTotal > 0) yield { labels: [method, route], value: abortedTotal };
  }
}

/** The label's value is empty where there was no answer. */
function statusLabel(status: number): string {
  if (status === UNANSWERED) return "";
  return status === OTHER_STATUS ? OTHER : String(status);
}

function statusHistogram(record: RouteRecord, status: number, bounds: readonly number[]): BucketHistogram {
  const known = record.byStatus.get(status);
  if (known !== undefined) return known;
  if (record.byStatus.size >= MAX_STATUSES) {
    const others = record.byStatus.get(OTHER_STATUS);
    if (others !== undefined) return others;
    status = OTHER_STATUS;
  }
  const created = new BucketHistogram(bounds);
  record.byStatus.set(status, created);
  return created;
}

function routeFrame(record: RouteRecord): RouteFrame {
  return {
    method: record.method,
    route: record.route,
    ...distributionOf(record.durations.window),
    errors: record.windowErrors,
  };
}

function distributionOf(
  window: LogLinearHistogram,
): Pick<RouteFrame, "requests" | "duration"> & { readonly durationHistogram: HistogramSnapshot } {
  return {
    requests: window.count,
    duration: summarizeDurations(window),
    durationHistogram: window.snapshot(),
  };
}

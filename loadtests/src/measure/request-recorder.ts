/**
 * Counts every request of the load once: `started` = answered + unanswered (timed out among them) + unfinished.
 * Latency is from the intended start in open models and service time in closed ones; requests that were given
 * up are in it with the time they had taken by then, a lower bound.
 */

import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import { requestIdIn } from "../engine/embedded/run/request-ids.js";
import type { NamedRequests, RequestError, SlowRequest } from "../engine/engine.js";
import { uniformRandom } from "../randomness.js";
import { LOAD_PRECISION_BITS } from "./metric-sinks.js";
import { NamedRequestTable } from "./named-requests.js";
import { RequestErrorTable } from "./request-errors.js";
import { RequestSample, type RequestSampleSnapshot } from "./request-sample.js";
import { SlowestRequests, type TimedRequest } from "./slowest-requests.js";

const MAX_SLOWEST = 500;

/** What the recorder needs to know of a request that ended. Monotonic milliseconds. */
export interface EndedRequest {
  readonly method: string;
  /** 0: no answer. */
  readonly status: number;
  readonly calledAtMs: number;
  readonly intendedAtMs: number;
  /** NaN: never sent. */
  readonly sentAtMs: number;
  /** NaN: no byte came back. */
  readonly firstByteAtMs: number;
  readonly endAtMs: number;
  readonly durationMs: number;
  readonly timedOut: boolean;
  /** What went wrong below HTTP; null or left out: nothing. */
  readonly error?: { readonly message: string } | null;
  /** Request line and headers as sent; left out where nobody knows. */
  readonly head?: string;
}

/** Counts since some moment. */
export interface RequestCounts {
  started: number;
  completed: number;
  failed: number;
  timedOut: number;
}

/** All that a recorder counted in its thread's load, as it is handed to the thread that adds up. */
export interface RecordedRequests {
  readonly total: RequestCounts;
  readonly unfinished: number;
  readonly latency: HistogramSnapshot;
  readonly serviceTime: HistogramSnapshot;
  readonly scheduleSlip: HistogramSnapshot;
  readonly byName: readonly NamedRequests[];
  readonly errors: readonly RequestError[];
  readonly slowest: readonly TimedRequest[];
  readonly sample: RequestSampleSnapshot;
  /** Requests in flight, integrated over time. */
  readonly inFlightMs: number;
}

export class RequestRecorder {
  readonly total: RequestCounts = { started: 0, completed: 0, failed: 0, timedOut: 0 };
  unfinished = 0;
  inFlight = 0;
  readonly latency = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly serviceTime = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly scheduleSlip = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly model: "open" | "closed";
  readonly #epochOffsetMs: number;
  readonly #interval: RequestCounts = { started: 0, completed: 0, failed: 0, timedOut: 0 };
  readonly #intervalLatency = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly #intervalSlip = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly #named = new NamedRequestTable();
  readonly #errors = new RequestErrorTable();
  readonly #slowest = new SlowestRequests(MAX_SLOWEST);
  readonly #sample = new RequestSample(uniformRandom);
  #inFlightMs = 0;
  #inFlightSinceMs = 0;

  /** @param epochOffsetMs epoch minus monotonic milliseconds */
  constructor(model: "open" | "closed", epochOffsetMs: number) {
    this.model = model;
    this.#epochOffsetMs = epochOffsetMs;
  }

  /** An empty one that goes on with the requests in flight, as if they began now. @param nowMs monotonic */
  successor(nowMs: number): RequestRecorder {
    const next = new RequestRecorder(this.model, this.#epochOffsetMs);
    next.inFlight = this.inFlight;
    next.total.started = this.inFlight;
    next.#interval.started = this.inFlight;
    next.startClock(nowMs);
    return next;
  }

  /** @param nowMs the request's `calledAtMs` */
  began(nowMs: number): void {
    this.total.started++;
    this.#interval.started++;
    this.#countInFlight(nowMs, 1);
  }

  /** @param failed whether it counts as failed: an unexpected status, or no answer */
  ended(request: EndedRequest, name: string, failed: boolean): void {
    const { total } = this;
    const interval = this.#interval;
    this.#countInFlight(request.endAtMs, -1);
    if (request.status !== 0) {
      total.completed++;
      interval.completed++;
    }
    if (failed) {
      total.failed++;
      interval.failed++;
    }
    if (request.timedOut) {
      total.timedOut++;
      interval.timedOut++;
    }
    if (request.error != null) this.#errors.count(request.error.message);
    const latencyUs = this.#recordLatency(request, request.timedOut, name);
    this.#named.record(name, request.method, request.status, failed, latencyUs);
  }

  /** The run ended before the request did: kept as having taken at least this long. */
  givenUp(request: EndedRequest, name: string): void {
    this.unfinished++;
    this.#countInFlight(request.endAtMs, -1);
    this.#recordLatency(request, true, name);
  }

  slipped(slipMs: number): void {
    const slipUs = Math.round(slipMs * 1000);
    this.scheduleSlip.record(slipUs);
    this.#intervalSlip.record(slipUs);
  }

  /** Whether anything happened since the last interval was taken. */
  get hasNews(): boolean {
    const { started, completed, failed } = this.#interval;
    return started + completed + failed > 0;
  }

  /** What happened since the last call, which it forgets. */
  takeInterval(): RequestCounts & {
    readonly latency: HistogramSnapshot;
    readonly scheduleSlip: HistogramSnapshot;
  } {
    const taken = {
      ...this.#interval,
      latency: this.#intervalLatency.snapshot(),
      scheduleSlip: this.#intervalSlip.snapshot(),
    };
    Object.assign(this.#interval, { started: 0, completed: 0, failed: 0, timedOut: 0 });
    this.#intervalLatency.reset();
    this.#intervalSlip.reset();
    return taken;
  }

  /** Begins the time over which requests in flight are averaged. */
  startClock(nowMs: number): void {
    this.#inFlightMs = 0;
    this.#inFlightSinceMs = nowMs;
  }

  meanInFlight(startedAtMs: number, nowMs: number): number {
    this.#countInFlight(nowMs, 0);
    return nowMs > startedAtMs ? this.#inFlightMs / (nowMs - startedAtMs) : 0;
  }

  /** @param nowMs monotonic: the end of the load */
  snapshot(nowMs: number): RecordedRequests {
    this.#countInFlight(nowMs, 0);
    return {
      total: { ...this.total },
      unfinished: this.unfinished,
      latency: this.latency.snapshot(),
      serviceTime: this.serviceTime.snapshot(),
      scheduleSlip: this.scheduleSlip.snapshot(),
      byName: this.byName(),
      errors: this.errors(),
      slowest: this.#slowest.entries(),
      sample: this.#sample.snapshot(),
      inFlightMs: this.#inFlightMs,
    };
  }

  /** Adds what the recorder of another thread counted. */
  add(recorded: RecordedRequests): void {
    const { total } = recorded;
    this.total.started += total.started;
    this.total.completed += total.completed;
    this.total.failed += total.failed;
    this.total.timedOut += total.timedOut;
    this.unfinished += recorded.unfinished;
    this.latency.addSnapshot(recorded.latency);
    this.serviceTime.addSnapshot(recorded.serviceTime);
    this.scheduleSlip.addSnapshot(recorded.scheduleSlip);
    this.#named.add(recorded.byName);
    this.#errors.add(recorded.errors);
    for (const { tookMs, request } of recorded.slowest) {
      if (this.#slowest.wants(tookMs)) this.#slowest.add(tookMs, request);
    }
    this.#sample.addSnapshot(recorded.sample);
    this.#inFlightMs += recorded.inFlightMs;
  }

  byName(): NamedRequests[] {
    return this.#named.list();
  }

  errors(): RequestError[] {
    return this.#errors.list();
  }

  slowest(): SlowRequest[] {
    return this.#slowest.list();
  }

  /** Of all requests that count, weighted. */
  sample(): SlowRequest[] {
    return this.#sample.list();
  }

  #recordLatency(request: EndedRequest, censored: boolean, name: string): number {
    const serviceMs = request.durationMs;
    // In flight is what the server may work on: not what still waits for its connection.
    if (!Number.isNaN(request.sentAtMs)) this.#inFlightMs -= request.sentAtMs - request.calledAtMs;
    const tookMs = this.model === "open" ? request.endAtMs - request.intendedAtMs : serviceMs;
    const latencyUs = Math.round(tookMs * 1000);
    this.latency.record(latencyUs);
    this.#intervalLatency.record(latencyUs);
    this.serviceTime.record(Math.round(serviceMs * 1000));
    const isSlowest = this.#slowest.wants(tookMs);
    const isSampled = this.#sample.wants(name, tookMs);
    if (isSlowest || isSampled) {
      const kept = this.#slowRequest(request, censored, name);
      if (isSlowest) this.#slowest.add(tookMs, kept);
      if (isSampled) this.#sample.add(kept);
    }
    return latencyUs;
  }

  #slowRequest(request: EndedRequest, censored: boolean, name: string): SlowRequest {
    const offset = this.#epochOffsetMs;
    const sentAtMs = Number.isNaN(request.sentAtMs) ? request.calledAtMs : request.sentAtMs;
    const id = requestIdIn(request.head ?? "");
    return {
      name,
      method: request.method,
      status: request.status,
      intendedAt: request.intendedAtMs + offset,
      sentAt: sentAtMs + offset,
      firstByteAt: Number.isNaN(request.firstByteAtMs) ? null : request.firstByteAtMs + offset,
      endAt: request.endAtMs + offset,
      censored,
      ...(id === null ? {} : { id }),
    };
  }

  #countInFlight(nowMs: number, change: number): void {
    this.#inFlightMs += this.inFlight * (nowMs - this.#inFlightSinceMs);
    this.#inFlightSinceMs = nowMs;
    this.inFlight += change;
  }
}

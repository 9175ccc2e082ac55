/**
 * Counts every request of the load once: `started` = answered + unanswered (timed out among them) + unfinished.
 * Latency is from the intended start in open models and service time in closed ones; requests that were given
 * up are in it with the time they had taken by then, a lower bound.
 */

import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { NamedRequests, SlowRequest } from "../engine/engine.js";
import { uniformRandom } from "../randomness.js";
import { LOAD_PRECISION_BITS } from "./metric-sinks.js";
import { RequestSample } from "./request-sample.js";
import { SlowestRequests } from "./slowest-requests.js";

/** Names kept apart; the rest are counted together, so that generated URLs cannot fill the memory. */
const MAX_NAMES = 200;
const OTHER_NAMES = "(other names)";
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
}

interface Named {
  readonly name: string;
  readonly method: string;
  requests: number;
  failed: number;
  readonly latency: LogLinearHistogram;
  readonly byStatus: Map<number, number>;
}

/** Counts since some moment. */
export interface RequestCounts {
  started: number;
  completed: number;
  failed: number;
  timedOut: number;
}

export class RequestRecorder {
  readonly total: RequestCounts = { started: 0, completed: 0, failed: 0, timedOut: 0 };
  unfinished = 0;
  inFlight = 0;
  readonly latency = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly serviceTime = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly scheduleSlip = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly #model: "open" | "closed";
  readonly #epochOffsetMs: number;
  readonly #interval: RequestCounts = { started: 0, completed: 0, failed: 0, timedOut: 0 };
  readonly #intervalLatency = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly #intervalSlip = new LogLinearHistogram(LOAD_PRECISION_BITS);
  readonly #named = new Map<string, Map<string, Named>>();
  #nameCount = 0;
  readonly #slowest = new SlowestRequests(MAX_SLOWEST);
  readonly #sample = new RequestSample(uniformRandom);
  #inFlightMs = 0;
  #inFlightSinceMs = 0;

  /** @param epochOffsetMs epoch minus monotonic milliseconds */
  constructor(model: "open" | "closed", epochOffsetMs: number) {
    this.#model = model;
    this.#epochOffsetMs = epochOffsetMs;
  }

  /** An empty one that goes on with the requests in flight, as if they began now. @param nowMs monotonic */
  successor(nowMs: number): RequestRecorder {
    const next = new RequestRecorder(this.#model, this.#epochOffsetMs);
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
    const latencyUs = this.#recordLatency(request, request.timedOut, name);
    const named = this.#namedFor(name, request.method);
    named.requests++;
    if (failed) named.failed++;
    named.latency.record(latencyUs);
    named.byStatus.set(request.status, (named.byStatus.get(request.status) ?? 0) + 1);
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

  byName(): NamedRequests[] {
    return [...this.#named.values()]
      .flatMap((methods) => [...methods.values()])
      .map(({ name, method, requests, failed, latency, byStatus }) => ({
        name,
        method,
        requests,
        failed,
        latency: latency.snapshot(),
        byStatus: Object.fromEntries(byStatus),
      }))
      .sort((a, b) => b.requests - a.requests);
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
    const tookMs = this.#model === "open" ? request.endAtMs - request.intendedAtMs : serviceMs;
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
    return {
      name,
      method: request.method,
      status: request.status,
      intendedAt: request.intendedAtMs + offset,
      sentAt: sentAtMs + offset,
      firstByteAt: Number.isNaN(request.firstByteAtMs) ? null : request.firstByteAtMs + offset,
      endAt: request.endAtMs + offset,
      censored,
    };
  }

  #namedFor(name: string, method: string): Named {
    const found = this.#named.get(name)?.get(method);
    if (found !== undefined) return found;
    if (this.#nameCount >= MAX_NAMES && name !== OTHER_NAMES) return this.#namedFor(OTHER_NAMES, method);
    this.#nameCount++;
    const latency = new LogLinearHistogram(LOAD_PRECISION_BITS);
    const made: Named = { name, method, requests: 0, failed: 0, latency, byStatus: new Map() };
    const methods = this.#named.get(name);
    if (methods === undefined) this.#named.set(name, new Map([[method, made]]));
    else methods.set(method, made);
    return made;
  }

  #countInFlight(nowMs: number, change: number): void {
    this.#inFlightMs += this.inFlight * (nowMs - this.#inFlightSinceMs);
    this.#inFlightSinceMs = nowMs;
    this.inFlight += change;
  }
}

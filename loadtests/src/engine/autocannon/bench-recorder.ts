/** Counts what the connections of one thread do. Microseconds in histograms; every request ends exactly once. */

import { type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { NamedRequests, SlowRequest } from "../engine.js";
import { LastAnswer } from "./last-answer.js";

/** Slow requests kept by each thread. */
const MAX_SLOW = 500;
const PRECISION_BITS = 10;
/** Statuses have three digits. */
const STATUSES = 1000;

/** How a request ended. */
export type RequestEnd = "answered" | "mismatched" | "reset" | "timed-out" | "unfinished";

export interface BenchCounts {
  started: number;
  completed: number;
  failed: number;
  timedOut: number;
  unfinished: number;
  bytesReceived: number;
  bytesSent: number;
  connectErrors: number;
  mismatches: number;
}

/** One thread's interval or whole run, on the wire. */
export interface BenchMeasurement {
  readonly counts: Readonly<BenchCounts>;
  readonly latency: HistogramSnapshot;
  readonly inFlight: number;
  /** Integral of requests in flight over time, milliseconds. */
  readonly inFlightAreaMs: number;
}

export interface BenchTotals extends BenchMeasurement {
  readonly byName: readonly NamedRequests[];
  readonly slowest: readonly SlowRequest[];
}

/** What is kept of one request name and method; callers hold on to it, so that no name is looked up per request. */
export interface NameRecord {
  readonly name: string;
  readonly method: string;
  readonly latency: LogLinearHistogram;
  requests: number;
  failed: number;
  /** Requests by status; 0 is "no answer". */
  readonly byStatus: Float64Array;
  readonly lastAnswer: LastAnswer;
}

export class BenchRecorder {
  /** Up to the last interval that was taken. */
  #before = emptyCounts();
  #interval = emptyCounts();
  readonly #intervalLatency = new LogLinearHistogram(PRECISION_BITS);
  readonly #names = new Map<string, NameRecord>();
  #slow: SlowRequest[] = [];
  /** Milliseconds under which a request is not worth keeping: the shortest of the kept ones. */
  #slowFloorMs = 0;
  #inFlight = 0;
  #areaMs = 0;
  #lastChangeMs: number;
  readonly #epochOffsetMs: number;

  /** @param nowMs monotonic milliseconds. @param epochOffsetMs what makes epoch milliseconds of them. */
  constructor(nowMs: number, epochOffsetMs: number) {
    this.#lastChangeMs = nowMs;
    this.#epochOffsetMs = epochOffsetMs;
  }

  /** A request was due: it is sent, or waits for its connection. */
  start(nowMs: number, bytes: number): void {
    this.#interval.started += 1;
    this.#interval.bytesSent += bytes;
    this.#changeInFlight(nowMs, 1);
  }

  /** A request that could not even be sent: its connection was refused. */
  connectError(nowMs: number): void {
    this.start(nowMs, 0);
    this.#changeInFlight(nowMs, -1);
    this.#interval.failed += 1;
    this.#interval.connectErrors += 1;
  }

  receive(bytes: number): void {
    this.#interval.bytesReceived += bytes;
  }

  /** @param status 0: no answer. @param sentAtMs monotonic. */
  end(
    record: NameRecord,
    status: number,
    sentAtMs: number,
    firstByteAtMs: number,
    nowMs: number,
    how: RequestEnd,
  ): void {
    this.#changeInFlight(nowMs, -1);
    const bad = how !== "answered" || status >= 400;
    this.#count(how, bad);
    record.requests += 1;
    if (bad) record.failed += 1;
    record.byStatus[status] = (record.byStatus[status] as number) + 1;
    // A broken connection says nothing of the time an answer takes; a timeout says that it takes longer.
    if (how === "reset") return;
    const elapsedMs = nowMs - sentAtMs;
    const micros = elapsedMs * 1000;
    this.#intervalLatency.record(micros);
    record.latency.record(micros);
    if (elapsedMs > this.#slowFloorMs || this.#slow.length < MAX_SLOW) {
      const censored = how === "timed-out" || how === "unfinished";
      this.#keepSlow(record, status, sentAtMs, firstByteAtMs, nowMs, censored);
    }
  }

  /** Everything since the last call. */
  takeInterval(nowMs: number): BenchMeasurement {
    const measurement = this.#measure(nowMs, this.#interval, this.#intervalLatency);
    this.#before = addedCounts(this.#before, this.#interval);
    this.#interval = emptyCounts();
    this.#intervalLatency.reset();
    return measurement;
  }

  totals(nowMs: number): BenchTotals {
    const records = [...this.#names.values()].filter((record) => record.requests > 0);
    const latency = new LogLinearHistogram(PRECISION_BITS);
    for (const record of records) latency.add(record.latency);
    return {
      ...this.#measure(nowMs, addedCounts(this.#before, this.#interval), latency),
      byName: records.map((record) => ({
        name: record.name,
        method: record.method,
        requests: record.requests,
        failed: record.failed,
        latency: record.latency.snapshot(),
        byStatus: Object.fromEntries([...record.byStatus.entries()].filter(([, requests]) => requests > 0)),
      })),
      slowest: this.#slow.toSorted(bySlowness).slice(0, MAX_SLOW),
    };
  }

  /** Forgets all that ended so far; what is in flight stays and counts as started. */
  reset(nowMs: number): void {
    this.#before = emptyCounts();
    this.#interval = { ...emptyCounts(), started: this.#inFlight };
    this.#intervalLatency.reset();
    for (const record of this.#names.values()) {
      record.latency.reset();
      record.byStatus.fill(0);
      record.requests = 0;
      record.failed = 0;
    }
    this.#slow = [];
    this.#slowFloorMs = 0;
    this.#areaMs = 0;
    this.#lastChangeMs = nowMs;
  }

  #measure(nowMs: number, counts: BenchCounts, latency: LogLinearHistogram): BenchMeasurement {
    this.#changeInFlight(nowMs, 0);
    return {
      counts: { ...counts },
      latency: latency.snapshot(),
      inFlight: this.#inFlight,
      inFlightAreaMs: this.#areaMs,
    };
  }

  #count(how: RequestEnd, bad: boolean): void {
    const counts = this.#interval;
    if (how === "answered" || how === "mismatched") counts.completed += 1;
    if (how === "mismatched") counts.mismatches += 1;
    if (how === "timed-out") counts.timedOut += 1;
    if (how === "unfinished") counts.unfinished += 1;
    else if (bad) counts.failed += 1;
  }

  #changeInFlight(nowMs: number, by: number): void {
    this.#areaMs += this.#inFlight * (nowMs - this.#lastChangeMs);
    this.#lastChangeMs = nowMs;
    this.#inFlight += by;
  }

  /** The record of that name and method, made when it is new. */
  nameRecord(name: string, method: string): NameRecord {
    const key = `${method} ${name}`;
    let record = this.#names.get(key);
    if (record === undefined) {
      const latency = new LogLinearHistogram(PRECISION_BITS);
      record = {
        name,
        method,
        latency,
        requests: 0,
        failed: 0,
        byStatus: new Float64Array(STATUSES),
        lastAnswer: new LastAnswer(),
      };
      this.#names.set(key, record);
    }
    return record;
  }

  #keepSlow(
    { name, method }: NameRecord,
    status: number,
    sentAtMs: number,
    firstByteAtMs: number,
    nowMs: number,
    censored: boolean,
  ): void {
    const sentAt = sentAtMs + this.#epochOffsetMs;
    const firstByteAt = Number.isNaN(firstByteAtMs) ? null : firstByteAtMs + this.#epochOffsetMs;
    const endAt = nowMs + this.#epochOffsetMs;
    this.#slow.push({ name, method, status, intendedAt: sentAt, sentAt, firstByteAt, endAt, censored });
    // Sorting at twice the bound makes it rare.
    if (this.#slow.length < 2 * MAX_SLOW) return;
    this.#slow = this.#slow.toSorted(bySlowness).slice(0, MAX_SLOW);
    const shortest = this.#slow.at(-1);
    if (shortest !== undefined) this.#slowFloorMs = shortest.endAt - shortest.sentAt;
  }
}

export function bySlowness(a: SlowRequest, b: SlowRequest): number {
  return b.endAt - b.intendedAt - (a.endAt - a.intendedAt);
}

export function emptyCounts(): BenchCounts {
  return {
    started: 0,
    completed: 0,
    failed: 0,
    timedOut: 0,
    unfinished: 0,
    bytesReceived: 0,
    bytesSent: 0,
    connectErrors: 0,
    mismatches: 0,
  };
}

function addedCounts(a: Readonly<BenchCounts>, b: Readonly<BenchCounts>): BenchCounts {
  const sum = { ...a };
  for (const name of Object.keys(sum) as (keyof BenchCounts)[]) sum[name] += b[name];
  return sum;
}

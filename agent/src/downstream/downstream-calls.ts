/** Calls that the service makes to databases and other services, by destination: what its requests wait for. */

import type { DownstreamFrame } from "../catalog/frame";
import { WORK_METRICS } from "../catalog/work-metrics";
import type { Guard } from "../guard";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";
import { CallRecord, type DownstreamCall } from "./call-record";

/** Destinations kept apart; the rest share the name `other`. */
const MAX_DESTINATIONS = 100;
const MAX_FRAME_DESTINATIONS = 20;
const OTHER = "other";

/** A database as the conventions name it. */
export interface DatabasePlace {
  /** `postgresql`, `mysql`, `redis`. */
  readonly system: string;
  readonly address: string;
  readonly port: string;
  /** Database within the server; empty where there is none. */
  readonly namespace: string;
}

/** One database that the service talks to. */
export interface DatabaseCalls {
  /** @param likeness see `CallRecord.begin`. */
  begin(likeness: string | null): DownstreamCall;
  /** @param errorType an error's code, or null. */
  end(call: DownstreamCall, errorType: string | null): void;
}

export interface DownstreamCalls {
  readonly families: readonly MetricFamily[];
  /** @param origin `http://127.0.0.1:3001`. */
  http(origin: string): CallRecord;
  /** @param client what the service calls. @param place where it leads; asked once a client. */
  database(client: object, place: () => DatabasePlace): DatabaseCalls;
  /** Destinations with calls in the window or in flight, busiest first, at most 20. */
  takeFrames(): readonly DownstreamFrame[];
}

export function createDownstreamCalls(guard: Guard): DownstreamCalls {
  const records = new Map<string, CallRecord>();
  const databases = new WeakMap<object, DatabaseCalls>();
  const onOverflow = (): void => guard.drop("downstream destinations");
  const operations = new HistogramSeries(WORK_METRICS.databaseOperation, MAX_DESTINATIONS * 5, onOverflow);

  function recordOf(kind: DownstreamFrame["kind"], name: string): CallRecord {
    const key = `${kind} ${name}`;
    const known = records.get(key);
    if (known !== undefined) return known;
    if (records.size >= MAX_DESTINATIONS && name !== OTHER) {
      onOverflow();
      return recordOf(kind, OTHER);
    }
    const record = new CallRecord(kind, name);
    records.set(key, record);
    return record;
  }

  function databaseAt({ system, address, port, namespace }: DatabasePlace): DatabaseCalls {
    const server = `${system} ${address}:${port}`;
    const record = recordOf("database", namespace === "" ? server : `${server}/${namespace}`);
    return {
      begin: (likeness) => record.begin(likeness),
      end: (call, errorType) => {
        const durationMs = record.end(call, errorType !== null);
        operations.record([system, namespace, address, port, errorType ?? ""], durationMs / 1000);
      },
    };
  }

  return {
    families: [operations],
    http: (origin) => recordOf("http", origin),
    database: (client, place) => {
      const known = databases.get(client);
      if (known !== undefined) return known;
      const calls = databaseAt(place());
      databases.set(client, calls);
      return calls;
    },
    takeFrames: () =>
      [...records.values()]
        .map((record) => record.takeFrame())
        .filter(({ calls, inFlight }) => calls > 0 || inFlight > 0)
        .sort((a, b) => b.calls - a.calls)
        .slice(0, MAX_FRAME_DESTINATIONS),
  };
}

/** Outbound HTTP requests by where they went, whichever client made them. Bounded in number of series. */

import { HTTP_METRICS } from "../catalog/http-metrics";
import type { CallRecord, DownstreamCall } from "../downstream/call-record";
import type { DownstreamCalls } from "../downstream/downstream-calls";
import type { Guard } from "../guard";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

/** Stands for the destinations beyond the bound. */
const OTHER = "other";

/** Where a request goes: parsed once an origin, not once a request. */
export interface ClientDestination {
  readonly address: string;
  readonly port: string;
  readonly calls: CallRecord;
  active: number;
}

/** One request on its way. */
export interface ClientCall {
  readonly destination: ClientDestination;
  readonly method: string;
  readonly call: DownstreamCall;
}

export interface ClientStatistics {
  readonly families: readonly MetricFamily[];
  /** @param origin `https://example.org:8443`. @param path with its query; is compared, and never leaves. */
  begin(origin: string, method: string, path: string): ClientCall;
  /** @param status of the answer, or null without one. @param errorType a code such as ECONNREFUSED, or null. */
  end(call: ClientCall, status: number | null, errorType: string | null): void;
}

export function createClientStatistics(
  guard: Guard,
  maxDestinations: number,
  downstream: Pick<DownstreamCalls, "http">,
): ClientStatistics {
  const destinations = new Map<string, ClientDestination>();
  const onOverflow = () => guard.drop("http client series");
  const durations = new HistogramSeries(HTTP_METRICS.clientRequestDuration, maxDestinations * 5, onOverflow);
  function destinationOf(origin: string): ClientDestination {
    const known = destinations.get(origin);
    if (known !== undefined) return known;
    if (destinations.size >= maxDestinations && origin !== OTHER) {
      onOverflow();
      return destinationOf(OTHER);
    }
    const created = { ...parseOrigin(origin), calls: downstream.http(origin), active: 0 };
    destinations.set(origin, created);
    return created;
  }

  return {
    families: [
      durations,
      {
        definition: HTTP_METRICS.clientActiveRequests,
        collect: () =>
          [...destinations.values()].map(({ address, port, active }) => ({
            labels: [address, port],
            value: active,
          })),
      },
    ],
    begin: (origin, method, path) => {
      const destination = destinationOf(origin);
      destination.active++;
      // Two writes that look alike are two writes; two reads could have been one.
      return { destination, method, call: destination.calls.begin(method === "GET" ? path : null) };
    },
    end: ({ destination, method, call }, status, errorType) => {
      destination.active--;
      const durationMs = destination.calls.end(call, errorType !== null || (status ?? 0) >= 500);
      durations.record(
        [
          method,
          destination.address,
          destination.port,
          status === null ? "" : String(status),
          errorType ?? failureOfStatus(status),
        ],
        durationMs / 1000,
      );
    },
  };
}

/** By the conventions an answer of 400 or over is a client's error, and its type is the status itself. */
function failureOfStatus(status: number | null): string {
  return status !== null && status >= 400 ? String(status) : "";
}

function parseOrigin(origin: string): Pick<ClientDestination, "address" | "port"> {
  if (origin === OTHER) return { address: OTHER, port: OTHER };
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null) return { address: "invalid", port: "" };
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return { address: url.hostname, port };
}

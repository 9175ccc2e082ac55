/** Outbound HTTP requests by where they went, whichever client made them. Bounded in number of series. */

import { HTTP_METRICS } from "../catalog/http-metrics";
import type { Guard } from "../guard";
import { HistogramSeries } from "../quantiles/labelled-series";
import type { MetricFamily } from "../quantiles/metric-samples";

/** Where a request goes: parsed once an origin, not once a request. */
export interface ClientDestination {
  readonly address: string;
  readonly port: string;
  active: number;
}

const OTHER: ClientDestination = { address: "other", port: "other", active: 0 };

export interface ClientStatistics {
  readonly families: readonly MetricFamily[];
  /** @param origin `https://example.org:8443`. */
  destination(origin: string): ClientDestination;
  /** @param status of the answer, or null without one. @param errorType a code such as ECONNREFUSED, or null. */
  record(
    destination: ClientDestination,
    method: string,
    status: number | null,
    errorType: string | null,
    durationMs: number,
  ): void;
}

export function createClientStatistics(guard: Guard, maxDestinations: number): ClientStatistics {
  const destinations = new Map<string, ClientDestination>();
  const onOverflow = () => guard.drop("http client series");
  const durations = new HistogramSeries(HTTP_METRICS.clientRequestDuration, maxDestinations * 5, onOverflow);
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
    destination: (origin) => {
      const known = destinations.get(origin);
      if (known !== undefined) return known;
      if (destinations.size >= maxDestinations) {
        onOverflow();
        return OTHER;
      }
      const created = parseOrigin(origin);
      destinations.set(origin, created);
      return created;
    },
    record: (destination, method, status, errorType, durationMs) => {
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

function parseOrigin(origin: string): ClientDestination {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null) return { address: "invalid", port: "", active: 0 };
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return { address: url.hostname, port, active: 0 };
}

/** `error.type` by the conventions: a code or a class, never a message. */
export function errorTypeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return typeof name === "string" && name !== "" ? name : "_OTHER";
}

import type { RequestContext } from "./request-context";
import { requestRoute } from "./request-route";

/** How a block names the request that it happened in. */
export interface RequestIdentity {
  readonly method: string;
  /** Pattern, or null where the framework has not said (yet). */
  readonly route: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** W3C trace flags: bit 0 says that the trace is recorded; null without a trace. */
  readonly traceFlags: number | null;
  /** The `X-Request-Id` header, at most 128 characters. */
  readonly requestId: string | null;
}

const MAX_REQUEST_ID_LENGTH = 128;

/** Reads the request now: the later, the more its framework has said about the route. */
export function requestIdentity(context: RequestContext): RequestIdentity {
  const { request, span } = context;
  const id = request.headers["x-request-id"];
  return {
    method: request.method ?? "_OTHER",
    route: "socket" in request ? requestRoute(request) : null,
    traceId: span?.traceId ?? null,
    spanId: span?.spanId ?? null,
    traceFlags: span?.traceFlags ?? null,
    requestId: typeof id === "string" ? id.slice(0, MAX_REQUEST_ID_LENGTH) : null,
  };
}

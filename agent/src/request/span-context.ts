/** Trace and span of a request: the active OpenTelemetry span where there is one, else the caller's header. */
import type { IncomingHttpHeaders } from "node:http";
import { ACTIVE_SPAN_KEY, applicationOpenTelemetry } from "../application-opentelemetry";

export interface SpanContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: the caller records the trace. https://www.w3.org/TR/trace-context/#trace-flags */
  readonly traceFlags: number;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

export function spanContextOf(request: { readonly headers: IncomingHttpHeaders }): SpanContext | null {
  return activeSpanContext() ?? spanContextOfHeader(request.headers.traceparent);
}

export function spanContextOfHeader(header: string | readonly string[] | undefined): SpanContext | null {
  if (typeof header !== "string") return null;
  const match = TRACEPARENT.exec(header);
  return match === null
    ? null
    : valid({
        traceId: match[1] ?? "",
        spanId: match[2] ?? "",
        traceFlags: Number.parseInt(match[3] ?? "0", 16),
      });
}

function activeSpanContext(): SpanContext | null {
  const span = applicationOpenTelemetry()?.context?.active().getValue(ACTIVE_SPAN_KEY) as
    | { spanContext?(): SpanContext }
    | undefined;
  const context = span?.spanContext?.();
  return context === undefined
    ? null
    : valid({ traceId: context.traceId, spanId: context.spanId, traceFlags: context.traceFlags });
}

function valid(context: SpanContext): SpanContext | null {
  return context.traceId === NO_TRACE || context.spanId === NO_SPAN ? null : context;
}

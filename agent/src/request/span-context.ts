/** Trace and span of a request: the active OpenTelemetry span where there is one, else the caller's header. */
import type { IncomingHttpHeaders } from "node:http";

export interface SpanContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/** Where `@opentelemetry/api` 1.x keeps its providers: the application's copy, never one of ours. */
const OPENTELEMETRY_KEY = Symbol.for("opentelemetry.js.api.1");
/** `createContextKey("OpenTelemetry Context Key SPAN")` of `@opentelemetry/api` is this symbol. */
const ACTIVE_SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

interface OpenTelemetryGlobal {
  readonly context?: { active(): { getValue(key: symbol): unknown } };
}

export function spanContextOf(request: { readonly headers: IncomingHttpHeaders }): SpanContext | null {
  return activeSpanContext() ?? spanContextOfHeader(request.headers.traceparent);
}

export function spanContextOfHeader(header: string | readonly string[] | undefined): SpanContext | null {
  if (typeof header !== "string") return null;
  const match = TRACEPARENT.exec(header);
  return match === null ? null : valid({ traceId: match[1] ?? "", spanId: match[2] ?? "" });
}

function activeSpanContext(): SpanContext | null {
  const api = (globalThis as { [key: symbol]: unknown })[OPENTELEMETRY_KEY] as
    | OpenTelemetryGlobal
    | undefined;
  const span = api?.context?.active().getValue(ACTIVE_SPAN_KEY) as
    | { spanContext?(): SpanContext }
    | undefined;
  const context = span?.spanContext?.();
  return context === undefined ? null : valid({ traceId: context.traceId, spanId: context.spanId });
}

function valid(context: SpanContext): SpanContext | null {
  return context.traceId === NO_TRACE || context.spanId === NO_SPAN ? null : context;
}

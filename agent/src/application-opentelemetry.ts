/** What the application has registered with OpenTelemetry: found where its API keeps it, never loaded by us. */

/** Where `@opentelemetry/api` 1.x keeps its providers: the application's copy, never one of ours. */
const OPENTELEMETRY_KEY = Symbol.for("opentelemetry.js.api.1");
/** `createContextKey("OpenTelemetry Context Key SPAN")` of `@opentelemetry/api` is this symbol. */
export const ACTIVE_SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

export interface TraceContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): TraceContext;
}

export interface Tracer {
  startSpan(
    name: string,
    options: { readonly startTime: number; readonly attributes: Readonly<Record<string, string | number>> },
    context: TraceContext,
  ): { end(endTime: number): void };
}

export interface ApplicationOpenTelemetry {
  readonly trace?: { getTracer(name: string, version: string): Tracer };
  readonly context?: { active(): TraceContext };
}

/** Undefined where the application does not use OpenTelemetry; looked up anew, since it may register late. */
export function applicationOpenTelemetry(): ApplicationOpenTelemetry | undefined {
  return (globalThis as { readonly [key: symbol]: unknown })[OPENTELEMETRY_KEY] as
    | ApplicationOpenTelemetry
    | undefined;
}

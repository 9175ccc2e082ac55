/**
 * Shows a block as a span in the trace of the request that it blocked, where the application itself runs
 * OpenTelemetry: through the providers that it has registered, with nothing of OpenTelemetry's in the agent.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/
 */
import { ACTIVE_SPAN_KEY, applicationOpenTelemetry } from "../application-opentelemetry";
import type { Block } from "../catalog/block";
import { monotonicMs } from "../clock";
import { agentVersion } from "./agent-version";

/** Spans in 10 seconds; a service that blocks more often shows the rest in its metrics. */
const MAX_SPANS = 100;
const WINDOW_MS = 10_000;

type Attributes = Readonly<Record<string, string | number>>;

export class BlockSpans {
  readonly #onDrop: () => void;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #spans = 0;

  /** @param onDrop told of each block that found no place within the bound. */
  constructor(onDrop: () => void) {
    this.#onDrop = onDrop;
  }

  /** Does nothing for a block outside any trace, and where no tracing is registered. */
  record(block: Block): void {
    const { traceId, spanId, traceFlags } = block;
    const api = applicationOpenTelemetry();
    const none = api?.context?.active();
    if (api?.trace === undefined || none === undefined || traceId === null || spanId === null) return;
    if (!this.#hasPlace()) return;
    const parent = { traceId, spanId, traceFlags: traceFlags ?? 0 };
    api.trace
      .getTracer("@loopscope/agent", agentVersion())
      .startSpan(
        "event loop blocked",
        { startTime: block.at, attributes: attributesOf(block) },
        none.setValue(ACTIVE_SPAN_KEY, { spanContext: () => parent, isRecording: () => false }),
      )
      .end(block.at + block.durationMs);
  }

  #hasPlace(): boolean {
    const nowMs = monotonicMs();
    if (nowMs - this.#windowStartMs >= WINDOW_MS) [this.#windowStartMs, this.#spans] = [nowMs, 0];
    if (++this.#spans <= MAX_SPANS) return true;
    this.#onDrop();
    return false;
  }
}

/** What a block says, under the names of the semantic conventions where they have one. */
export function attributesOf(block: Block): Attributes {
  const stack = block.stack.map((frame) => `${frame.function} (${frame.file}:${frame.line}:${frame.column})`);
  const attributes: Record<string, string | number | null> = {
    "code.function.name": block.function,
    "code.file.path": block.file,
    "code.line.number": block.line,
    "code.column.number": block.column,
    "code.stacktrace": stack.length === 0 ? null : stack.join("\n"),
    "http.request.method": block.method,
    "http.route": block.route,
    "thread.name": block.thread,
    "loopscope.block.id": block.id,
    "loopscope.block.cause": block.cause,
    "loopscope.block.confidence": block.confidence,
    "loopscope.block.native_call": block.evidence.nativeCall,
  };
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}

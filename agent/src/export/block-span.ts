/**
 * Shows a block as a span in the trace of the request that it blocked, where the application itself runs
 * OpenTelemetry: through the providers that it has registered, with nothing of OpenTelemetry's in the agent.
 */
import { ACTIVE_SPAN_KEY, applicationOpenTelemetry } from "../application-opentelemetry";
import type { Block } from "../catalog/block";
import { monotonicMs } from "../clock";
import { agentVersion } from "./agent-version";
import { blockAttributes } from "./block-attributes";

/** Spans in 10 seconds; a service that blocks more often shows the rest in its metrics. */
const MAX_SPANS = 100;
const WINDOW_MS = 10_000;

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
        { startTime: block.at, attributes: blockAttributes(block) },
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

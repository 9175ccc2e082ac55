/** The trace that a request came with, by the W3C's Trace Context (level 1, section 3.2). */

import type { IncomingMessage } from "node:http";
import { rawHeader } from "./raw-headers";

export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the caller's span. */
  readonly spanId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** Null without the header, or when it is not valid: an all-zero id is not. */
export function traceParent(request: IncomingMessage): TraceParent | null {
  const header = rawHeader(request, "traceparent");
  if (header === undefined || header.startsWith("ff")) return null;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

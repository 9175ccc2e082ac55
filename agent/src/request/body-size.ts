import type { IncomingMessage, ServerResponse } from "node:http";
import { rawHeader } from "./raw-headers";

/** Announced size of a request's body, or null. */
export function requestBodyBytes(request: IncomingMessage): number | null {
  return bytesOf(rawHeader(request, "content-length"));
}

interface ServerResponseInternals {
  /** What Node computed itself when `end(body)` wrote head and body at once. */
  readonly _contentLength?: number | null;
}

/** Size of an answer's body as announced by `content-length`, or null when it was sent in chunks. */
export function responseBodyBytes(response: ServerResponse): number | null {
  const announced = response.getHeader("content-length");
  if (announced !== undefined) return bytesOf(announced);
  return bytesOf((response as ServerResponseInternals)._contentLength ?? undefined);
}

function bytesOf(value: unknown): number | null {
  if (value === undefined) return null;
  const bytes = typeof value === "number" ? value : Number(value);
  return Number.isFinite(bytes) && bytes >= 0 ? bytes : null;
}

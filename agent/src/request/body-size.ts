import type { IncomingMessage, ServerResponse } from "node:http";

const CONTENT_LENGTH = "content-length";

/**
 * Announced size of a request's body, or null. Reads the raw headers: asking for `headers` would make Node
 * build an object that the application may never need.
 */
export function requestBodyBytes(request: IncomingMessage): number | null {
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] as string;
    if (name.length === CONTENT_LENGTH.length && name.toLowerCase() === CONTENT_LENGTH)
      return bytesOf(raw[index + 1]);
  }
  return null;
}

interface ServerResponseInternals {
  /** What Node computed itself when `end(body)` wrote head and body at once. */
  readonly _contentLength?: number | null;
}

/** Size of an answer's body as announced by `content-length`, or null when it was sent in chunks. */
export function responseBodyBytes(response: ServerResponse): number | null {
  const announced = response.getHeader(CONTENT_LENGTH);
  if (announced !== undefined) return bytesOf(announced);
  return bytesOf((response as ServerResponseInternals)._contentLength ?? undefined);
}

function bytesOf(value: unknown): number | null {
  if (value === undefined) return null;
  const bytes = typeof value === "number" ? value : Number(value);
  return Number.isFinite(bytes) && bytes >= 0 ? bytes : null;
}

import type { IncomingMessage } from "node:http";

/**
 * One header's value, or undefined. Reads the raw headers: asking for `headers` would make Node build an
 * object that the application may never need.
 *
 * @param name in lower case.
 */
export function rawHeader(request: IncomingMessage, name: string): string | undefined {
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const candidate = raw[index] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) return raw[index + 1];
  }
  return undefined;
}

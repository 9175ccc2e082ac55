/** What HTTP/2 makes of the head of an HTTP/1 request: names in lower case, no word about the connection. */

import type { OutgoingHttpHeaders } from "node:http2";

export interface Http2Request {
  readonly headers: OutgoingHttpHeaders;
  /** The request asks for a connection of its own: `Connection: close`. */
  readonly closesConnection: boolean;
}

/** RFC 9113, 8.2.2: an HTTP/2 message that carries one of these is malformed. `host` became `:authority`. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  ...["connection", "host", "http2-settings", "keep-alive", "proxy-connection", "te", "transfer-encoding"],
  "upgrade",
]);

/** @param head request line and header lines, latin1, as it would go out over HTTP/1 */
export function http2Request(head: string): Http2Request {
  const [requestLine = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = requestLine.split(" ");
  const headers: Record<string, string | string[]> = {
    ":method": method,
    ":scheme": "https",
    ":authority": "",
    ":path": path,
  };
  let closesConnection = false;
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    if (name === "host") headers[":authority"] = value;
    else if (name === "connection") closesConnection = /(^|[\s,])close\b/i.test(value);
    else if (!OF_THE_CONNECTION.has(name)) headers[name] = addValue(headers[name], value);
  }
  return { headers, closesConnection };
}

function addValue(before: string | string[] | undefined, value: string): string | string[] {
  return before === undefined ? value : [before, value].flat();
}

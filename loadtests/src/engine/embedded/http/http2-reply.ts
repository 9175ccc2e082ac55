/** Reads the reply to one request from its stream of an HTTP/2 connection (RFC 9113, 8.1). */

import { STATUS_CODES } from "node:http";
import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import { monotonicMs } from "../../../clock.js";
import type { Exchange } from "./exchange.js";

/** Where Go, and so k6, has other words than Node. */
const GO_STATUS_TEXTS: Readonly<Record<number, string>> = {
  413: "Request Entity Too Large",
  414: "Request URI Too Long",
  416: "Requested Range Not Satisfiable",
  418: "I'm a teapot",
};

/**
 * @param onEnd called once: with null when the reply is whole, and is then in the exchange; otherwise with
 * the HTTP/2 error code that ended the stream
 */
export function readHttp2Reply(
  exchange: Exchange,
  stream: ClientHttp2Stream,
  onEnd: (errorCode: number | null) => void,
): void {
  const pieces: Buffer[] = [];
  let bodyBytes = 0;
  let statedBytes = Number.NaN;
  let status = 0;
  let headerText = "";
  let isOver = false;
  const end = (errorCode: number | null) => {
    if (isOver) return;
    isOver = true;
    onEnd(errorCode);
  };
  const markFirstByte = () => {
    if (Number.isNaN(exchange.firstByteAtMs)) exchange.firstByteAtMs = monotonicMs();
  };
  stream.on("headers", markFirstByte);
  const onResponse = (
    headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
    _flags: number,
    rawHeaders: readonly string[],
  ) => {
    markFirstByte();
    status = Number(headers[":status"]);
    headerText = headerLinesOf(rawHeaders);
    const hasBody = exchange.method !== "HEAD" && status !== 304;
    if (hasBody) statedBytes = Number(headers["content-length"] ?? Number.NaN);
  };
  stream.on("response", onResponse);
  stream.on("data", (bytes: Buffer) => {
    bodyBytes += bytes.length;
    if (exchange.keepBody) pieces.push(bytes);
  });
  stream.on("end", () => {
    // Node ends a stream that was cut short without an error code, too: what is missing is then told by "close".
    if (status === 0 || (!Number.isNaN(statedBytes) && bodyBytes !== statedBytes)) return;
    exchange.proto = "HTTP/2.0";
    exchange.status = status;
    exchange.statusText = `${status} ${GO_STATUS_TEXTS[status] ?? STATUS_CODES[status] ?? ""}`;
    exchange.headerText = headerText;
    exchange.replyBody = exchange.keepBody ? joined(pieces) : null;
    end(null);
  });
  // The code of an error is read at "close", which follows.
  stream.on("error", () => {});
  stream.on("close", () => end(stream.rstCode ?? 0));
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

/** As HTTP/1 has them: a line each, in order, repeated ones apart. @param raw names and values in turns */
function headerLinesOf(raw: readonly string[]): string {
  let text = "";
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!name.startsWith(":")) text += `${text === "" ? "" : "\r\n"}${name}: ${raw[index + 1]}`;
  }
  return text;
}

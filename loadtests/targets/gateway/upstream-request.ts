import {
  type Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { pipeline, type Readable } from "node:stream";

/** The upstream kept us waiting; `phase` says for what. */
export class UpstreamTimeout extends Error {
  readonly phase: "connect" | "read" | "total";

  constructor(phase: "connect" | "read" | "total", limitMs: number) {
    super(`the upstream service took longer than ${limitMs} ms (${phase})`);
    this.name = "UpstreamTimeout";
    this.phase = phase;
  }
}

export interface UpstreamTimeouts {
  /** Until the connection stands, milliseconds. */
  readonly connectMs: number;
  /** Between two signs of life, milliseconds. */
  readonly readMs: number;
  /** From the client's request to the last byte of its answer, milliseconds. */
  readonly totalMs: number;
}

/**
 * Fault `missing-timeout`: without these a service that accepts calls and answers none (dead, and nobody
 * knows) holds every call for good, and with the calls their sockets, their memory and their clients.
 */
export const NO_TIMEOUTS: UpstreamTimeouts | null = null;

export interface UpstreamRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  /** Streamed as it comes; null: the request has none. */
  readonly body: Readable | null;
  readonly timeouts: UpstreamTimeouts | null;
  readonly agent: Agent;
}

/**
 * Sends one request and resolves with the head of its answer; the body is read by the caller, as it comes.
 * @param signal aborting it ends the call, also while the body is under way.
 * @throws UpstreamTimeout, the signal's reason, or the error of the connection.
 */
export function sendUpstream(upstream: UpstreamRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, method, headers, body, timeouts, agent } = upstream;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent, signal });
    request.once("response", resolve);
    request.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    if (timeouts !== null) {
      const { connectMs, readMs } = timeouts;
      request.setTimeout(readMs, () => request.destroy(new UpstreamTimeout("read", readMs)));
      request.once("socket", (socket) => {
        if (!socket.connecting) return;
        const giveUp = () => request.destroy(new UpstreamTimeout("connect", connectMs));
        const timer = setTimeout(giveUp, connectMs);
        socket.once("connect", () => clearTimeout(timer));
        socket.once("close", () => clearTimeout(timer));
      });
    }
    if (body === null) request.end();
    else pipeline(body, request, () => undefined);
  });
}

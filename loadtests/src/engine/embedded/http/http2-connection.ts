/** One TLS connection that carries requests of a virtual user side by side: HTTP/2, by node:http2. */

import http2 from "node:http2";
import type tls from "node:tls";
import { monotonicMs } from "../../../clock.js";
import type { Carrier, Exchange, Peer } from "./exchange.js";
import { readHttp2Reply } from "./http2-reply.js";
import { type Http2Request, http2Request } from "./http2-request-headers.js";
import {
  CLOSED_WITHIN_REPLY,
  CLOSED_WITHOUT_REPLY,
  goAwayError,
  http2ConnectionError,
  http2StreamError,
  type NetworkError,
  networkErrorFrom,
} from "./network-error.js";

/** Windows as wide as Go's (and so k6's): at Node's 64 KiB the client would be what slows large bodies. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 2 ** 30;
/** What the HTTP/1 reader allows, too. */
const MAX_HEADER_BYTES = 256 * 1024;
/** Node stops at 128, HTTP/1 here and k6 only at the bytes. */
const MAX_HEADERS = 10_000;
/** Until the server says how many it takes at once (RFC 9113, 6.5.2 recommends at least so many). */
const FIRST_STREAM_LIMIT = 100;
/** How long after a timeout the server may take to answer a ping before the connection is given up. */
const PING_PATIENCE_MS = 1000;
/** Megabytes that node:http2 may hold for one connection before it refuses streams. */
const SESSION_MEMORY_MB = 1024;

export interface Http2Owner {
  /** The server says that it has not processed the request: it may be sent again without doing anything twice. */
  onRefused(exchange: Exchange): void;
  onHttp2Gone(connection: Http2Connection): void;
}

interface Flight {
  readonly stream: http2.ClientHttp2Stream;
  readonly exchange: Exchange;
}

export class Http2Connection implements Carrier {
  readonly originKey: string;
  readonly #owner: Http2Owner;
  readonly #socket: tls.TLSSocket;
  readonly #session: http2.ClientHttp2Session;
  readonly #flights = new Map<Exchange, Flight>();
  readonly #peer: Peer;
  #streamLimit = FIRST_STREAM_LIMIT;
  #takesMore = true;
  /** Runs while it has to prove that it is alive. */
  #pingTimer: NodeJS.Timeout | null = null;
  #gone = false;
  /** The server's last word, when it has announced the end of the connection. */
  #goAway: { readonly code: number; readonly lastStreamId: number } | null = null;
  #countedSentBytes = 0;
  #countedReceivedBytes = 0;
  #lastHead = "";
  #lastRequest: Http2Request = { headers: {}, closesConnection: false };

  /** @param socket connected, agreed on h2, not yet read from */
  constructor(originKey: string, owner: Http2Owner, socket: tls.TLSSocket) {
    this.originKey = originKey;
    this.#owner = owner;
    this.#socket = socket;
    this.#peer = {
      address: socket.remoteAddress ?? "",
      port: socket.remotePort ?? 0,
      tlsVersion: socket.getProtocol() ?? "",
    };
    // Before the session's own listeners, which would end every stream as if we had cancelled it.
    socket.on("error", (error) => this.#fail(errorOf(error)));
    socket.on("close", () => this.#fail(null));
    this.#session = http2.connect("https://connected.already", {
      createConnection: () => socket,
      maxSessionMemory: SESSION_MEMORY_MB,
      maxHeaderListPairs: MAX_HEADERS,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: MAX_HEADER_BYTES,
      },
    });
    this.#session.once("connect", () => this.#session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    this.#session.on("remoteSettings", (settings) => {
      this.#streamLimit = settings.maxConcurrentStreams ?? FIRST_STREAM_LIMIT;
    });
    this.#session.on("goaway", (code, lastStreamId) => this.#onGoAway(code, lastStreamId));
    this.#session.on("error", (error) => this.#fail(errorOf(error)));
    this.#session.on("close", () => this.#fail(null));
  }

  /** Whether one more request may be sent on it. */
  get hasRoom(): boolean {
    if (!this.#takesMore || this.#pingTimer !== null || this.#flights.size >= this.#streamLimit) return false;
    // The session's own events come later than the end of its streams.
    return !this.#session.closed && !this.#session.destroyed;
  }

  /** @param exchange on a connection that has room */
  send(exchange: Exchange): void {
    exchange.carrier = this;
    exchange.peer = this.#peer;
    // Scripts send much the same head again and again.
    if (exchange.head !== this.#lastHead) {
      this.#lastHead = exchange.head;
      this.#lastRequest = http2Request(exchange.head);
    }
    const { headers, closesConnection } = this.#lastRequest;
    if (closesConnection) this.#takesMore = false;
    const { body } = exchange;
    exchange.sentAtMs = monotonicMs();
    let stream: http2.ClientHttp2Stream;
    try {
      stream = this.#session.request(headers, { endStream: body === null });
    } catch (error) {
      exchange.end(networkErrorFrom(error as Error));
      return;
    }
    this.#flights.set(exchange, { stream, exchange });
    readHttp2Reply(exchange, stream, (errorCode) => this.#settle(exchange, errorCode));
    if (body === null) exchange.writtenAtMs = monotonicMs();
    else stream.end(body, () => markWritten(exchange));
  }

  /** Cancels its stream; the other requests go on. */
  giveUp(exchange: Exchange): void {
    const flight = this.#flights.get(exchange);
    this.#flights.delete(exchange);
    flight?.stream.close(http2.constants.NGHTTP2_CANCEL);
    if (exchange.timedOut) this.#askForLife();
    this.#closeWhenIdle();
  }

  /** Closes it; whatever it was carrying must have been ended before. */
  destroy(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#takesMore = false;
    this.#flights.clear();
    if (this.#pingTimer !== null) clearTimeout(this.#pingTimer);
    this.#session.destroy();
    this.#socket.destroy();
    this.#owner.onHttp2Gone(this);
  }

  /**
   * A timeout may be the request's alone or the whole connection's: node:http2 says nothing of a server that
   * broke the protocol and then ignored the GOAWAY that it got for it. Requests go elsewhere until a ping
   * has come back.
   */
  #askForLife(): void {
    if (this.#pingTimer !== null || this.#gone || this.#session.destroyed) return;
    this.#pingTimer = setTimeout(() => {
      this.#takesMore = false;
      this.#closeWhenIdle();
    }, PING_PATIENCE_MS).unref();
    this.#session.ping((error) => {
      if (error !== null || this.#gone || this.#pingTimer === null) return;
      clearTimeout(this.#pingTimer);
      this.#pingTimer = null;
    });
  }

  #settle(exchange: Exchange, errorCode: number | null): void {
    const flight = this.#flights.get(exchange);
    // Where the session failed as a whole, its own event says why.
    if (flight === undefined || (errorCode !== null && this.#session.destroyed)) return;
    this.#flights.delete(exchange);
    this.#countBytes(exchange);
    if (errorCode === null) {
      // Answered before the whole request is out: the rest is of no use to anyone.
      if (!flight.stream.writableFinished) flight.stream.close(http2.constants.NGHTTP2_CANCEL);
      this.#closeWhenIdle();
      exchange.end(null);
      return;
    }
    this.#closeWhenIdle();
    const unanswered = Number.isNaN(exchange.firstByteAtMs);
    if (errorCode === http2.constants.NGHTTP2_REFUSED_STREAM && unanswered) this.#owner.onRefused(exchange);
    else exchange.end(http2StreamError(errorCode));
  }

  /** What went over the connection since the last request ended: exact in sum, near enough for each request. */
  #countBytes(exchange: Exchange): void {
    const { bytesWritten, bytesRead } = this.#socket;
    exchange.sentBytes += bytesWritten - this.#countedSentBytes;
    exchange.receivedBytes += bytesRead - this.#countedReceivedBytes;
    this.#countedSentBytes = bytesWritten;
    this.#countedReceivedBytes = bytesRead;
  }

  #closeWhenIdle(): void {
    if (!this.#takesMore && this.#flights.size === 0) this.destroy();
  }

  /** RFC 9113, 6.8: streams up to the last one named may still be answered, later ones were not processed. */
  #onGoAway(code: number, lastStreamId: number): void {
    this.#takesMore = false;
    this.#goAway = { code, lastStreamId };
    if (code !== http2.constants.NGHTTP2_NO_ERROR) this.#fail(goAwayError(code));
  }

  /** @param error null when the connection ended and nothing says why */
  #fail(error: NetworkError | null): void {
    if (this.#gone) return;
    const flights = [...this.#flights.values()];
    const goAway = this.#goAway;
    for (const { exchange } of flights) this.#countBytes(exchange);
    this.destroy();
    for (const { exchange, stream } of flights) {
      const answered = !Number.isNaN(exchange.firstByteAtMs);
      if (goAway !== null && !answered && (stream.id ?? 0) > goAway.lastStreamId) {
        this.#owner.onRefused(exchange);
      } else if (error !== null) exchange.end(error);
      else if (goAway !== null) exchange.end(goAwayError(goAway.code));
      else exchange.end(answered ? CLOSED_WITHIN_REPLY : CLOSED_WITHOUT_REPLY);
    }
  }
}

function errorOf(error: NodeJS.ErrnoException): NetworkError {
  const isHttp2 = error.code?.startsWith("ERR_HTTP2") === true;
  return isHttp2 ? http2ConnectionError(error.message) : networkErrorFrom(error);
}

function markWritten(exchange: Exchange): void {
  if (Number.isNaN(exchange.writtenAtMs) && !exchange.isEnded) exchange.writtenAtMs = monotonicMs();
}

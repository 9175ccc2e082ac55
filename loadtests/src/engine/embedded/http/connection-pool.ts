/** A virtual user's connections: kept alive between its requests, never shared with another virtual user. */

import http2 from "node:http2";
import type tls from "node:tls";
import { monotonicMs } from "../../../clock.js";
import { ConnectionSetup, type Exchange } from "./exchange.js";
import { HttpConnection } from "./http-connection.js";
import { Http2Connection } from "./http2-connection.js";
import type { NameLookup } from "./name-lookup.js";
import { http2StreamError, networkErrorFrom } from "./network-error.js";

/** First pause after a refused connection; each further refusal in a row doubles it. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;
/** System errors that say that connecting again at once is pointless. */
const REFUSALS: ReadonlySet<number> = new Set([1100, 1101, 1211, 1212, 1213]);

/** How often a request is sent that HTTP/2 servers keep refusing; Go's limit. */
const MAX_REFUSALS = 6;

export class ConnectionPool {
  readonly #idle = new Map<string, HttpConnection[]>();
  readonly #refusals = new Map<string, number>();
  readonly #open = new Set<HttpConnection>();
  readonly #http2 = new Set<Http2Connection>();
  readonly #names: NameLookup;
  readonly #tlsOptions: tls.ConnectionOptions;

  constructor(names: NameLookup, tlsOptions: tls.ConnectionOptions) {
    this.#names = names;
    this.#tlsOptions = tlsOptions;
  }

  /** Sends on a connection that is free for it, or on a new one. */
  dispatch(exchange: Exchange): void {
    const key = exchange.target.originKey;
    if (this.#http2.size > 0 && this.#sendOverHttp2(exchange)) return;
    const idle = this.#idle.get(key);
    if (idle !== undefined) {
      for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
        if (connection.reusableUntilMs <= exchange.calledAtMs) {
          connection.destroy();
          continue;
        }
        if (!connection.isWriting) {
          connection.send(exchange);
          return;
        }
        // By then it has written all, or is gone.
        idle.push(connection);
        setImmediate(() => this.#dispatchUnlessEnded(exchange));
        return;
      }
    }
    const refused = this.#refusals.get(key) ?? 0;
    if (refused < 2) this.#connect(exchange);
    else {
      setTimeout(
        () => {
          if (!exchange.isEnded) this.#connect(exchange);
        },
        pauseMs(refused - 2),
      );
    }
  }

  /** Told how each request ended, to pause before the next connection to a port that refuses. */
  noteEnd(exchange: Exchange): void {
    const key = exchange.target.originKey;
    if (exchange.error === null) {
      if (this.#refusals.size > 0) this.#refusals.delete(key);
    } else if (REFUSALS.has(exchange.error.code)) {
      this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
    }
  }

  onIdle(connection: HttpConnection): void {
    const idle = this.#idle.get(connection.originKey);
    if (idle === undefined) this.#idle.set(connection.originKey, [connection]);
    else idle.push(connection);
  }

  onGone(connection: HttpConnection): void {
    this.#open.delete(connection);
    const idle = this.#idle.get(connection.originKey);
    const index = idle?.indexOf(connection) ?? -1;
    if (index !== -1) idle?.splice(index, 1);
  }

  onHttp2(socket: tls.TLSSocket, exchange: Exchange): void {
    // Of several connections that were opened side by side the first one carries all, as in Go.
    if (this.#sendOverHttp2(exchange)) {
      socket.on("error", () => {}).destroy();
      return;
    }
    const connection = new Http2Connection(exchange.target.originKey, this, socket);
    this.#http2.add(connection);
    connection.send(exchange);
  }

  onHttp2Gone(connection: Http2Connection): void {
    this.#http2.delete(connection);
  }

  onRefused(exchange: Exchange): void {
    if (exchange.refusals + 1 >= MAX_REFUSALS) {
      exchange.end(http2StreamError(http2.constants.NGHTTP2_REFUSED_STREAM));
      return;
    }
    exchange.unsend();
    if (exchange.refusals === 1) this.dispatch(exchange);
    else {
      setTimeout(() => this.#dispatchUnlessEnded(exchange), pauseMs(exchange.refusals - 2));
    }
  }

  /** Closes every connection, idle or not. */
  close(): void {
    for (const connection of [...this.#open, ...this.#http2]) connection.destroy();
    this.#open.clear();
    this.#idle.clear();
  }

  #dispatchUnlessEnded(exchange: Exchange): void {
    if (!exchange.isEnded) this.dispatch(exchange);
  }

  #sendOverHttp2(exchange: Exchange): boolean {
    for (const connection of this.#http2) {
      if (connection.originKey === exchange.target.originKey && connection.hasRoom) {
        connection.send(exchange);
        return true;
      }
    }
    return false;
  }

  #connect(exchange: Exchange): void {
    const connection = new HttpConnection(exchange.target.originKey, this, this.#tlsOptions);
    this.#open.add(connection);
    const startedAtMs = monotonicMs();
    const known = this.#names.known(exchange.target.host, startedAtMs);
    if (known !== null) {
      connection.open(exchange, known, startedAtMs);
      return;
    }
    this.#names.find(exchange.target.host, startedAtMs).then(
      (addresses) => {
        const foundAtMs = monotonicMs();
        exchange.setup = new ConnectionSetup();
        exchange.setup.lookupMs = foundAtMs - startedAtMs;
        if (!exchange.isEnded) connection.open(exchange, addresses, foundAtMs);
      },
      (error: NodeJS.ErrnoException) => {
        this.#open.delete(connection);
        exchange.end(networkErrorFrom(error));
      },
    );
  }
}

/** @param attempt from 0 */
function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

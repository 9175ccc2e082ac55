/** One TCP or TLS connection carrying one request at a time. On any fault its request fails and it is thrown away. */

import net from "node:net";
import tls from "node:tls";
import { monotonicMs } from "../../../clock.js";
import type { Carrier, Exchange } from "./exchange.js";
import type { ResolvedAddress } from "./name-lookup.js";
import {
  CLOSED_WITHIN_REPLY,
  CLOSED_WITHOUT_REPLY,
  malformedReply,
  networkErrorFrom,
} from "./network-error.js";
import { ResponseScanner } from "./response-scanner.js";

/** One buffer for every plain connection of the thread: its content is read before the next read begins. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

export interface ConnectionOwner {
  /** It can carry another request. */
  onIdle(connection: HttpConnection): void;
  /** The server chose HTTP/2: the socket is the owner's from now on, and so is the request, which is not sent yet. */
  onHttp2(socket: tls.TLSSocket, exchange: Exchange): void;
  onGone(connection: HttpConnection): void;
}

export class HttpConnection implements Carrier {
  readonly originKey: string;
  /** Monotonic milliseconds from which on the server may close it at any moment. */
  reusableUntilMs = Number.POSITIVE_INFINITY;
  readonly #owner: ConnectionOwner;
  readonly #tlsOptions: tls.ConnectionOptions;
  readonly #scanner = new ResponseScanner();
  #socket: net.Socket | null = null;
  #exchange: Exchange | null = null;
  #connected = false;
  #gone = false;
  #tlsVersion = "";
  #remoteAddress = "";
  #remotePort = 0;

  constructor(originKey: string, owner: ConnectionOwner, tlsOptions: tls.ConnectionOptions) {
    this.originKey = originKey;
    this.#owner = owner;
    this.#tlsOptions = tlsOptions;
  }

  /** Connects to the first address that accepts, then sends. */
  open(exchange: Exchange, addresses: readonly ResolvedAddress[], startedAtMs: number): void {
    this.#exchange = exchange;
    exchange.carrier = this;
    const [address, ...others] = addresses;
    if (address === undefined) {
      this.#fail(networkErrorFrom(Object.assign(new Error("no such host"), { code: "ENOTFOUND" })));
      return;
    }
    const socket = this.#createSocket(exchange, address);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once("connect", () => {
      exchange.connectingMs = monotonicMs() - startedAtMs;
      if (!exchange.target.isTls) this.#onConnected();
    });
    socket.once("secureConnect", () => {
      exchange.tlsMs = monotonicMs() - startedAtMs - exchange.connectingMs;
      this.#onSecure(socket as tls.TLSSocket);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#connected || others.length === 0 || this.#gone) {
        this.#fail(networkErrorFrom(error));
        return;
      }
      socket.removeAllListeners().on("error", () => {});
      this.open(exchange, others, startedAtMs);
    });
    socket.on("close", () => {
      if (this.#socket === socket) this.#onClosed();
    });
  }

  /** @param exchange on a connection that is open and idle */
  send(exchange: Exchange): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#exchange = exchange;
    exchange.carrier = this;
    exchange.tlsVersion = this.#tlsVersion;
    exchange.remoteAddress = this.#remoteAddress;
    exchange.remotePort = this.#remotePort;
    this.#scanner.begin(exchange.method === "HEAD", exchange.keepBody);
    exchange.sentAtMs = monotonicMs();
    const { body, head } = exchange;
    exchange.sentBytes = head.length;
    if (body === null) {
      socket.write(head, "latin1");
    } else {
      exchange.sentBytes += typeof body === "string" ? Buffer.byteLength(body) : body.length;
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
    if (socket.writableLength === 0) exchange.writtenAtMs = monotonicMs();
    else socket.write("", () => this.#markWritten(exchange));
  }

  giveUp(): void {
    this.destroy();
  }

  /** Closes it; whatever it was carrying must have been ended before. */
  destroy(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#exchange = null;
    this.#socket?.destroy();
    this.#owner.onGone(this);
  }

  #createSocket(exchange: Exchange, address: ResolvedAddress): net.Socket {
    const { target } = exchange;
    const to = { host: address.address, port: target.port, family: address.family };
    if (target.isTls) {
      return tls.connect({
        ...this.#tlsOptions,
        ...to,
        ...(target.serverName === "" ? {} : { servername: target.serverName }),
      });
    }
    const onread = {
      buffer: readBuffer,
      callback: (length: number, buffer: Uint8Array) => {
        this.#onBytes((buffer as Buffer).subarray(0, length));
        return true;
      },
    };
    return net.connect({ ...to, onread } as net.NetConnectOpts);
  }

  /** Not read from before: what follows the handshake belongs to whoever speaks the protocol agreed on. */
  #onSecure(socket: tls.TLSSocket): void {
    if (socket.alpnProtocol === "h2") {
      this.#handOver(socket);
      return;
    }
    this.#tlsVersion = socket.getProtocol() ?? "";
    socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    socket.on("end", () => this.#onClosed());
    this.#onConnected();
  }

  #handOver(socket: tls.TLSSocket): void {
    const exchange = this.#exchange;
    if (exchange === null || this.#gone) return;
    this.#socket = null;
    this.destroy();
    this.#owner.onHttp2(socket, exchange);
  }

  #onConnected(): void {
    this.#connected = true;
    const exchange = this.#exchange;
    if (exchange === null || this.#gone) return;
    this.#remoteAddress = this.#socket?.remoteAddress ?? "";
    this.#remotePort = this.#socket?.remotePort ?? 0;
    this.send(exchange);
  }

  #markWritten(exchange: Exchange): void {
    if (Number.isNaN(exchange.writtenAtMs) && !exchange.isEnded) exchange.writtenAtMs = monotonicMs();
  }

  #onBytes(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null || !exchange.wasSent) {
      // Nobody asked: bytes on an idle connection must not become the answer to the next request.
      this.destroy();
      return;
    }
    if (Number.isNaN(exchange.firstByteAtMs)) exchange.firstByteAtMs = monotonicMs();
    exchange.receivedBytes += bytes.length;
    const scanner = this.#scanner;
    const used = scanner.feed(bytes);
    if (scanner.malformed !== null) this.#fail(malformedReply(scanner.malformed));
    else if (scanner.isDone) this.#finish(exchange, used === bytes.length && scanner.keepAlive);
  }

  #finish(exchange: Exchange, reusable: boolean): void {
    const scanner = this.#scanner;
    if (scanner.isHttp10) exchange.proto = "HTTP/1.0";
    exchange.status = scanner.status;
    exchange.statusText = scanner.statusText;
    exchange.headerText = scanner.headerText;
    exchange.replyBody = exchange.keepBody ? scanner.takeBody() : null;
    this.#exchange = null;
    // A reply before the whole request is out ends the connection: the rest would run into the next request.
    if (reusable && this.#socket?.writableLength === 0) {
      const seconds = scanner.keepAliveSeconds;
      this.reusableUntilMs =
        seconds === 0 ? Number.POSITIVE_INFINITY : monotonicMs() + reuseMarginMs(seconds);
      this.#owner.onIdle(this);
    } else {
      this.destroy();
    }
    exchange.end(null);
  }

  #onClosed(): void {
    if (this.#gone) return;
    const exchange = this.#exchange;
    if (exchange !== null && this.#scanner.endsWithConnection && exchange.wasSent) {
      this.#finish(exchange, false);
      return;
    }
    const answered = exchange !== null && !Number.isNaN(exchange.firstByteAtMs);
    this.#fail(answered ? CLOSED_WITHIN_REPLY : CLOSED_WITHOUT_REPLY);
  }

  #fail(error: ReturnType<typeof networkErrorFrom>): void {
    if (this.#gone) return;
    const exchange = this.#exchange;
    this.destroy();
    exchange?.end(error);
  }
}

/** How long before the server's own limit an idle connection is given up: a request must not cross its closing. */
function reuseMarginMs(keepAliveSeconds: number): number {
  return Math.max(0, keepAliveSeconds * 1000 - 1000);
}

/** One TCP or TLS connection carrying one request at a time. On any fault its request fails and it is thrown away. */

import net from "node:net";
import tls from "node:tls";
import { monotonicMs } from "../../../clock.js";
import { type Carrier, ConnectionSetup, type Exchange, type Peer } from "./exchange.js";
import { type LastReply, lastReuseMs, type ReplyHead } from "./last-reply.js";
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
const readWords = new Int32Array(readBuffer.buffer);
/** So much goes to the kernel within the call that writes it, though TLS tells only later that it has. */
const TLS_RECORD_BYTES = 16_384;

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
  #peer: Peer | null = null;

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
    const setup = exchange.setup ?? new ConnectionSetup();
    exchange.setup = setup;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once("connect", () => {
      setup.connectingMs = monotonicMs() - startedAtMs;
      if (!exchange.target.isTls) this.#onConnected();
    });
    socket.once("secureConnect", () => {
      setup.tlsMs = monotonicMs() - startedAtMs - setup.connectingMs;
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
    if (this.#peer !== null) exchange.peer = this.#peer;
    this.#scanner.begin(exchange.method === "HEAD", exchange.keepBody);
    exchange.sentAtMs = monotonicMs();
    const { body, head, target } = exchange;
    exchange.sentBytes = head.length;
    if (body !== null) exchange.sentBytes += typeof body === "string" ? Buffer.byteLength(body) : body.length;
    const isLong = target.isTls && exchange.sentBytes > TLS_RECORD_BYTES;
    const onWritten = isLong ? () => this.#markWritten(exchange) : undefined;
    if (body === null) socket.write(head, "latin1", onWritten);
    else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body, onWritten);
      socket.uncork();
    }
    if (target.isTls ? !isLong : socket.writableLength === 0) exchange.writtenAtMs = monotonicMs();
    else if (!isLong) socket.write("", () => this.#markWritten(exchange));
  }

  /**
   * Some of the request is not known to be out. That a TLS socket has written something it tells in the check
   * phase of the loop's turn, when a quick server's reply may have been read already.
   */
  get isWriting(): boolean {
    return this.#socket?.writableLength !== 0;
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
      callback: (length: number) => {
        this.#onRead(length);
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
    this.#peer = {
      address: this.#socket?.remoteAddress ?? "",
      port: this.#socket?.remotePort ?? 0,
      tlsVersion: this.#tlsVersion,
    };
    this.send(exchange);
  }

  #markWritten(exchange: Exchange): void {
    if (Number.isNaN(exchange.writtenAtMs) && !exchange.isEnded) exchange.writtenAtMs = monotonicMs();
  }

  /** So many bytes are in the read buffer. */
  #onRead(length: number): void {
    const exchange = this.#exchange;
    const mayBeKnown = exchange?.wasSent === true && Number.isNaN(exchange.firstByteAtMs);
    if (!mayBeKnown || exchange.method === "HEAD" || !this.#finishIfKnown(exchange, length)) {
      this.#onBytes(readBuffer.subarray(0, length));
    }
  }

  /** False: it is no whole reply with a head like that of the last one from there, and must be read. */
  #finishIfKnown(exchange: Exchange, length: number): boolean {
    const { lastReply } = exchange.target;
    const { head, headBytes } = lastReply;
    if (head === null || !lastReply.hasSameHead(readBuffer, readWords, length)) return false;
    const nowMs = monotonicMs();
    let body: Buffer | null = null;
    if (exchange.keepBody) {
      if (lastReply.body !== null && lastReply.isAgain(readBuffer, readWords, length)) body = lastReply.body;
      else if (headBytes === length && lastReply.body === null) return false;
      else body = Buffer.from(readBuffer.subarray(headBytes, length));
    }
    exchange.firstByteAtMs = nowMs;
    exchange.receivedBytes += length;
    this.#complete(exchange, head, body, head.keepAlive, nowMs);
    return true;
  }

  #onBytes(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null || !exchange.wasSent) {
      // Nobody asked: bytes on an idle connection must not become the answer to the next request.
      this.destroy();
      return;
    }
    const nowMs = monotonicMs();
    const isFirst = Number.isNaN(exchange.firstByteAtMs);
    if (isFirst) exchange.firstByteAtMs = nowMs;
    exchange.receivedBytes += bytes.length;
    const scanner = this.#scanner;
    const used = scanner.feed(bytes);
    if (scanner.malformed !== null) this.#fail(malformedReply(scanner.malformed));
    else if (scanner.isDone) {
      const isWhole = used === bytes.length;
      const kept = isFirst && isWhole && exchange.method !== "HEAD" ? exchange.target.lastReply : null;
      this.#finish(exchange, isWhole && scanner.keepAlive, nowMs, kept === null ? null : { kept, bytes });
    }
  }

  /** @param piece the whole reply in one piece, and where to remember it; null: it came in several */
  #finish(
    exchange: Exchange,
    reusable: boolean,
    nowMs: number,
    piece: { readonly kept: LastReply; readonly bytes: Buffer } | null,
  ): void {
    const scanner = this.#scanner;
    const { status, statusText, headerText, isHttp10, keepAlive, keepAliveSeconds } = scanner;
    const head = { status, statusText, headerText, isHttp10, keepAlive, keepAliveSeconds };
    const body = exchange.keepBody ? scanner.takeBody() : null;
    if (piece !== null) {
      const { length } = piece.bytes;
      piece.kept.keep(piece.bytes, scanner.hasFixedLength ? length - scanner.bodyBytes : length, head, body);
    }
    this.#complete(exchange, head, body, reusable, nowMs);
  }

  /** The reply is whole. @param reusable whether the connection may carry another request */
  #complete(
    exchange: Exchange,
    head: ReplyHead,
    body: Buffer | null,
    reusable: boolean,
    nowMs: number,
  ): void {
    if (head.isHttp10) exchange.proto = "HTTP/1.0";
    exchange.status = head.status;
    exchange.statusText = head.statusText;
    exchange.headerText = head.headerText;
    exchange.replyBody = body;
    this.#exchange = null;
    if (reusable) {
      this.reusableUntilMs = lastReuseMs(head, nowMs);
      this.#owner.onIdle(this);
      if (this.isWriting) setImmediate(this.#destroyIfWriting);
    } else {
      this.destroy();
    }
    exchange.end(null, nowMs);
  }

  /** A reply before the whole request is out ends the connection: the rest would run into the next request. */
  readonly #destroyIfWriting = (): void => {
    if (this.#exchange === null && this.isWriting) this.destroy();
  };

  #onClosed(): void {
    if (this.#gone) return;
    const exchange = this.#exchange;
    if (exchange !== null && this.#scanner.endsWithConnection && exchange.wasSent) {
      this.#finish(exchange, false, monotonicMs(), null);
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

/**
 * A connection in place of autocannon's own: HTTP/1.1 with pipelining, every request accounted for exactly
 * once. On any fault the scanner is renewed, the requests in flight fail, and the next try waits.
 */

import net from "node:net";
import tls from "node:tls";
import type { Client, Request } from "autocannon";
import { monotonicMs } from "../../clock.js";
import { ResponseScanner } from "../embedded/http/response-scanner.js";
import type { BenchRecorder, RequestEnd } from "./bench-recorder.js";

const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 1000;

/** One buffer for every plain connection of the thread: its content is read before the next read begins. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

interface PendingRequest {
  readonly request: Request;
  readonly name: string;
  readonly method: string;
  readonly sentAtMs: number;
  firstByteAtMs: number;
  bytes: number;
}

export interface BenchConnectionRules {
  readonly timeoutMs: number;
  readonly expectBody: string | null;
}

export class BenchConnection {
  readonly #client: Client;
  readonly #recorder: BenchRecorder;
  readonly #rules: BenchConnectionRules;
  readonly #pending: PendingRequest[] = [];
  #scanner = new ResponseScanner();
  #scanning = false;
  #socket: net.Socket | null = null;
  #connected = false;
  #sentOnSocket = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #firstRequest = true;
  #stopped = false;

  constructor(client: Client, recorder: BenchRecorder, rules: BenchConnectionRules) {
    this.#client = client;
    this.#recorder = recorder;
    this.#rules = rules;
  }

  connect(): void {
    if (this.#stopped) return;
    const socket = this.#createSocket();
    this.#socket = socket;
    this.#connected = false;
    this.#sentOnSocket = 0;
    this.#scanner = new ResponseScanner();
    this.#scanning = false;
    socket.setNoDelay(true);
    socket.once(this.#client.secure ? "secureConnect" : "connect", () => {
      this.#connected = true;
      this.#fill();
    });
    socket.on("error", (error) => this.#onFault(socket, error));
    socket.on("end", () => this.#onFault(socket, null));
    socket.on("close", () => this.#onFault(socket, null));
  }

  /** Gives up what has waited longer than the timeout. */
  sweep(nowMs: number): void {
    const oldest = this.#pending[0];
    if (oldest === undefined || nowMs - oldest.sentAtMs < this.#rules.timeoutMs) return;
    this.#dropSocket();
    for (const pending of this.#pending.splice(0)) {
      const late = nowMs - pending.sentAtMs >= this.#rules.timeoutMs;
      this.#end(pending, 0, nowMs, late ? "timed-out" : "reset");
      if (late) this.#client.emit("timeout");
    }
    this.connect();
  }

  /** The run is over: what is in flight took at least this long. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#retry);
    const nowMs = monotonicMs();
    for (const pending of this.#pending.splice(0)) this.#end(pending, 0, nowMs, "unfinished");
    this.#dropSocket();
  }

  #createSocket(): net.Socket {
    const { opts, secure } = this.#client;
    const onBytes = (bytes: Buffer): void => this.#onBytes(bytes);
    const place =
      opts.socketPath === undefined || opts.socketPath === ""
        ? { host: opts.hostname.replace(/^\[|\]$/g, ""), port: Number(opts.port) }
        : { path: opts.socketPath };
    if (secure) {
      const name =
        opts.servername ?? ("host" in place && net.isIP(place.host) === 0 ? place.host : undefined);
      const socket = tls.connect({
        ...opts.tlsOptions,
        ...place,
        // A load test's target has a certificate of its own making, more often than not: as autocannon does.
        rejectUnauthorized: false,
        ...(name === undefined ? {} : { servername: name }),
      });
      socket.on("data", onBytes);
      return socket;
    }
    const onread = {
      buffer: readBuffer,
      callback: (length: number, buffer: Uint8Array) => {
        onBytes((buffer as Buffer).subarray(0, length));
        return true;
      },
    };
    return net.connect({ ...place, onread } as net.NetConnectOpts);
  }

  /** Sends until the pipeline is full. */
  #fill(): void {
    const client = this.#client;
    while (this.#connected && !this.#stopped && this.#pending.length < client.opts.pipelining) {
      if (isSpent(client)) {
        // autocannon ends a client at its last request and loses those in flight: here the last answer ends it.
        if (this.#pending.length === 0) client.destroy();
        return;
      }
      if (this.#mustReconnect()) {
        if (this.#pending.length === 0) this.#reconnectNow();
        return;
      }
      this.#send();
    }
  }

  #send(): void {
    const client = this.#client;
    // The iterator stands on the first request already.
    if (this.#firstRequest) this.#firstRequest = false;
    else client.requestIterator.nextRequest();
    // autocannon adds the first requests of each client by itself, having missed their events.
    if (client.reqsMade >= client.opts.pipelining) client.emit("request");
    client.reqsMade += 1;
    this.#sentOnSocket += 1;
    const request = client.requestIterator.currentRequest;
    const method = request.method ?? client.opts.method ?? "GET";
    const buffer = request.requestBuffer ?? Buffer.alloc(0);
    const sentAtMs = monotonicMs();
    this.#recorder.start(sentAtMs, buffer.length);
    this.#pending.push({
      request,
      name: request.path ?? client.opts.path ?? "/",
      method,
      sentAtMs,
      firstByteAtMs: Number.NaN,
      bytes: 0,
    });
    this.#socket?.write(buffer);
  }

  #onBytes(bytes: Buffer): void {
    const nowMs = monotonicMs();
    this.#recorder.receive(bytes.length);
    let rest = bytes;
    while (rest.length > 0) {
      const pending = this.#pending[0];
      const socket = this.#socket;
      if (pending === undefined || socket === null) {
        // Nobody asked: these bytes must not become the answer to the next request.
        if (socket !== null) this.#onFault(socket, null);
        return;
      }
      if (!this.#scanning) {
        this.#scanner.begin(pending.method === "HEAD", this.#keepsBodies(pending.request));
        this.#scanning = true;
        pending.firstByteAtMs = nowMs;
      }
      const used = this.#scanner.feed(rest);
      pending.bytes += used;
      if (this.#scanner.malformed !== null) {
        this.#onFault(socket, new Error(this.#scanner.malformed));
        return;
      }
      if (!this.#scanner.isDone) return;
      rest = rest.subarray(used);
      if (!this.#finishOne(nowMs)) return;
    }
    this.#fill();
  }

  /** False: the connection is of no further use. */
  #finishOne(nowMs: number): boolean {
    const pending = this.#pending.shift();
    if (pending === undefined) return false;
    const { status, keepAlive } = this.#scanner;
    this.#scanning = false;
    this.#retryMs = FIRST_RETRY_MS;
    const body = this.#keepsBodies(pending.request) ? this.#scanner.takeBody().toString("utf8") : "";
    const expected = this.#rules.expectBody;
    const mismatched = expected !== null && body !== expected;
    this.#end(pending, status, nowMs, mismatched ? "mismatched" : "answered");
    const client = this.#client;
    client.requestIterator.recordBody(pending.request, status, body, []);
    client.emit("response", status, pending.bytes, nowMs - pending.sentAtMs, undefined);
    if (mismatched) client.emit("mismatch", body);
    if (keepAlive || client.destroyed) return !client.destroyed;
    // What was pipelined behind it will never be answered: it fails here, and is not paid for by later ones.
    this.#failPending(nowMs);
    this.#reconnectNow();
    return false;
  }

  #onFault(socket: net.Socket, error: Error | null): void {
    if (this.#stopped || socket !== this.#socket) return;
    const nowMs = monotonicMs();
    if (this.#scanning && this.#scanner.endsWithConnection && error === null) {
      // The end of the connection is the end of this answer.
      this.#finishOne(nowMs);
      return;
    }
    const neverConnected = !this.#connected;
    const clean = error === null && this.#connected && this.#pending.length === 0;
    this.#dropSocket();
    if (clean) {
      this.connect();
      return;
    }
    if (neverConnected) {
      this.#recorder.connectError(nowMs);
      this.#client.reqsMade += 1;
    }
    this.#failPending(nowMs);
    this.#client.emit("connError", error ?? new Error("the connection was closed without an answer"));
    if (isSpent(this.#client)) {
      this.#client.destroy();
      return;
    }
    this.#retry = setTimeout(() => this.connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #failPending(nowMs: number): void {
    for (const pending of this.#pending.splice(0)) this.#end(pending, 0, nowMs, "reset");
  }

  #reconnectNow(): void {
    this.#dropSocket();
    this.connect();
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#connected = false;
    if (socket === null) return;
    socket.removeAllListeners();
    socket.on("error", () => undefined);
    socket.destroy();
  }

  #mustReconnect(): boolean {
    const rate = this.#client.reconnectRate ?? 0;
    return rate > 0 && this.#sentOnSocket >= rate;
  }

  #keepsBodies(request: Request): boolean {
    return this.#rules.expectBody !== null || "onResponse" in request;
  }

  #end(pending: PendingRequest, status: number, nowMs: number, how: RequestEnd): void {
    const { name, method, sentAtMs, firstByteAtMs } = pending;
    this.#recorder.end(name, method, status, sentAtMs, firstByteAtMs, nowMs, how);
  }
}

function isSpent(client: Client): boolean {
  return client.responseMax !== undefined && client.responseMax > 0 && client.reqsMade >= client.responseMax;
}

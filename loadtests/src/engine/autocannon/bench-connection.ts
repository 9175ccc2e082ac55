/**
 * A connection in place of autocannon's own: HTTP/1.1 with pipelining, every request accounted for exactly
 * once. On any fault the scanner is renewed, the requests in flight fail, and the next try waits.
 */

import type net from "node:net";
import type { Client, Request } from "autocannon";
import { monotonicMs } from "../../clock.js";
import { ResponseScanner } from "../embedded/http/response-scanner.js";
import type { SendTogether } from "../send-together.js";
import type { BenchRecorder, NameRecord, RequestEnd } from "./bench-recorder.js";
import { openSocket } from "./bench-socket.js";

const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 1000;

/** An answer longer than this is not kept for recognising the next one. */
const MAX_KEPT_ANSWER_BYTES = 64 * 1024;

interface PendingRequest {
  readonly request: Request;
  readonly record: NameRecord;
  readonly sentAtMs: number;
  firstByteAtMs: number;
}

export interface BenchConnectionRules {
  readonly timeoutMs: number;
  readonly expectBody: string | null;
}

export class BenchConnection {
  readonly #client: Client;
  readonly #recorder: BenchRecorder;
  readonly #rules: BenchConnectionRules;
  readonly #together: SendTogether | null;
  readonly #pending: PendingRequest[] = [];
  #scanner = new ResponseScanner();
  #scanning = false;
  #socket: net.Socket | null = null;
  #connected = false;
  #sentOnSocket = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #firstRequest = true;
  /** Bytes of the last answer that came whole in one piece: an equal one needs no reading. */
  #lastAnswer: Buffer = Buffer.alloc(0);
  readonly #records = new Map<Request, NameRecord>();
  #stopped = false;

  /** @param together null: an answer is followed by the next request at once */
  constructor(
    client: Client,
    recorder: BenchRecorder,
    rules: BenchConnectionRules,
    together: SendTogether | null,
  ) {
    this.#client = client;
    this.#recorder = recorder;
    this.#rules = rules;
    this.#together = together;
  }

  connect(): void {
    if (this.#stopped) return;
    const socket = openSocket(this.#client, (bytes) => this.#onBytes(bytes));
    this.#socket = socket;
    this.#connected = false;
    this.#sentOnSocket = 0;
    this.#scanner = new ResponseScanner();
    this.#scanning = false;
    this.#lastAnswer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.once(this.#client.secure ? "secureConnect" : "connect", () => {
      this.#connected = true;
      this.#fill(monotonicMs());
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

  /** Sends until the pipeline is full. @param nowMs read once for all that a received piece sets off. */
  #fill(nowMs: number): void {
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
      this.#send(nowMs);
    }
  }

  #send(sentAtMs: number): void {
    const client = this.#client;
    // The iterator stands on the first request already.
    if (this.#firstRequest) this.#firstRequest = false;
    else client.requestIterator.nextRequest();
    client.reqsMade += 1;
    this.#sentOnSocket += 1;
    const request = client.requestIterator.currentRequest;
    const buffer = request.requestBuffer ?? Buffer.alloc(0);
    this.#recorder.start(sentAtMs, buffer.length);
    this.#pending.push({ request, record: this.#recordOf(request), sentAtMs, firstByteAtMs: Number.NaN });
    this.#socket?.write(buffer);
  }

  #recordOf(request: Request): NameRecord {
    const known = this.#records.get(request);
    if (known !== undefined) return known;
    const { opts } = this.#client;
    const name = request.path ?? opts.path ?? "/";
    const record = this.#recorder.nameRecord(name, request.method ?? opts.method ?? "GET");
    this.#records.set(request, record);
    return record;
  }

  #onBytes(bytes: Buffer): void {
    const nowMs = monotonicMs();
    this.#recorder.receive(bytes.length);
    if (this.#isLastAnswerAgain(bytes)) {
      if (this.#finishOne(nowMs)) this.#goOn(nowMs);
      return;
    }
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
        this.#scanner.begin(pending.record.method === "HEAD", this.#keepsBodies(pending.request));
        this.#scanning = true;
        pending.firstByteAtMs = nowMs;
      }
      const isWhole = rest === bytes && pending.firstByteAtMs === nowMs;
      const used = this.#scanner.feed(rest);
      if (this.#scanner.malformed !== null) {
        this.#onFault(socket, new Error(this.#scanner.malformed));
        return;
      }
      if (!this.#scanner.isDone) return;
      this.#keepAnswer(isWhole && used === bytes.length ? bytes : null);
      rest = rest.subarray(used);
      if (!this.#finishOne(nowMs)) return;
    }
    this.#goOn(nowMs);
  }

  /** Sends what an answer has made room for. */
  #goOn(nowMs: number): void {
    if (this.#together === null) this.#fill(nowMs);
    else this.#together.add(this.#fillLater);
  }

  readonly #fillLater = (): void => this.#fill(monotonicMs());

  /** The scanner still stands at the end of the last answer: one that is equal byte for byte ends there too. */
  #isLastAnswerAgain(bytes: Buffer): boolean {
    const pending = this.#pending[0];
    if (this.#scanning || pending === undefined || this.#pending.length > 1) return false;
    if (bytes.length !== this.#lastAnswer.length || !bytes.equals(this.#lastAnswer)) return false;
    pending.firstByteAtMs = monotonicMs();
    return true;
  }

  /** Null: the scanner's state does not come from one whole answer. HEAD is read anew, its framing being special. */
  #keepAnswer(bytes: Buffer | null): void {
    const plain = this.#pending[0]?.record.method !== "HEAD" && this.#rules.expectBody === null;
    if (bytes === null || !plain || bytes.length > MAX_KEPT_ANSWER_BYTES) this.#lastAnswer = Buffer.alloc(0);
    else if (bytes.length === this.#lastAnswer.length) bytes.copy(this.#lastAnswer);
    else this.#lastAnswer = Buffer.from(bytes);
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
    if ("onResponse" in pending.request) {
      client.requestIterator.recordBody(pending.request, status, body, []);
    }
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
    this.#recorder.end(pending.record, status, pending.sentAtMs, pending.firstByteAtMs, nowMs, how);
  }
}

function isSpent(client: Client): boolean {
  return client.responseMax !== undefined && client.responseMax > 0 && client.reqsMade >= client.responseMax;
}

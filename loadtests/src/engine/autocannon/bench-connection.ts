/**
 * A connection in place of autocannon's own: HTTP/1.1 with pipelining, every request accounted for exactly
 * once. On any fault the scanner is renewed, the requests in flight fail, and the next try waits.
 */

import type net from "node:net";
import type { Client } from "autocannon";
import { monotonicMs } from "../../clock.js";
import { ResponseScanner } from "../embedded/http/response-scanner.js";
import type { ReadyToSend, SendTogether } from "../send-together.js";
import type { BenchRecorder, RequestEnd } from "./bench-recorder.js";
import { openSocket } from "./bench-socket.js";
import type { LastAnswer } from "./last-answer.js";
import {
  type KnownRequest,
  KnownRequests,
  type PendingRequest,
  PendingRequests,
} from "./pending-requests.js";

const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 1000;

export interface BenchConnectionRules {
  readonly timeoutMs: number;
  readonly expectBody: string | null;
  readonly idReplacement: boolean;
}

export class BenchConnection implements ReadyToSend {
  readonly #client: Client;
  readonly #recorder: BenchRecorder;
  readonly #rules: BenchConnectionRules;
  readonly #together: SendTogether | null;
  readonly #pending = new PendingRequests();
  #scanner = new ResponseScanner();
  #scanning = false;
  #socket: net.Socket | null = null;
  #connected = false;
  #sentOnSocket = 0;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #firstRequest = true;
  readonly #known: KnownRequests;
  /** One that is sent again and again as it is: the iterator, which copies its context each time, is not asked. */
  readonly #isOneRequest: boolean;
  /** Read once: autocannon's client is an object of many shapes, and dear to ask for each request. */
  readonly #pipelining: number;
  /** Requests in all, and on one socket before it is opened anew; infinite where there is no such limit. */
  readonly #amount: number;
  readonly #reconnectRate: number;
  #made = 0;
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
    this.#pipelining = client.opts.pipelining;
    this.#amount = client.responseMax || Number.POSITIVE_INFINITY;
    this.#reconnectRate = client.reconnectRate || Number.POSITIVE_INFINITY;
    this.#known = new KnownRequests(client, recorder, rules.expectBody !== null);
    const [first, ...others] = client.requestIterator.requests;
    const isStatic = first !== undefined && !("setupRequest" in first) && !("onResponse" in first);
    this.#isOneRequest = isStatic && others.length === 0 && !rules.idReplacement;
  }

  connect(): void {
    if (this.#stopped) return;
    const socket = openSocket(this.#client, (buffer, length, words) => this.#onBytes(buffer, length, words));
    this.#socket = socket;
    this.#connected = false;
    this.#sentOnSocket = 0;
    this.#scanner = new ResponseScanner();
    this.#scanning = false;
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
    const oldest = this.#pending.first;
    if (oldest === undefined || nowMs - oldest.sentAtMs < this.#rules.timeoutMs) return;
    this.#dropSocket();
    for (const pending of this.#pending.takeAll()) {
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
    for (const pending of this.#pending.takeAll()) this.#end(pending, 0, nowMs, "unfinished");
    this.#dropSocket();
  }

  /** Sends until the pipeline is full. @param nowMs read once for all that a received piece sets off. */
  #fill(nowMs: number): void {
    const client = this.#client;
    while (this.#connected && !this.#stopped && this.#pending.length < this.#pipelining) {
      if (this.#made >= this.#amount) {
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
    else if (!this.#isOneRequest) client.requestIterator.nextRequest();
    this.#made += 1;
    this.#sentOnSocket += 1;
    const request = client.requestIterator.currentRequest;
    const buffer = request.requestBuffer ?? Buffer.alloc(0);
    this.#recorder.start(sentAtMs, buffer.length);
    this.#pending.add(this.#known.of(request), sentAtMs);
    this.#socket?.write(buffer);
  }

  #onBytes(buffer: Buffer, length: number, words: Int32Array | null): void {
    const nowMs = monotonicMs();
    this.#recorder.receive(length);
    const last = words === null ? null : this.#lastAnswerIfAgain(buffer, words, length, nowMs);
    if (last !== null) {
      if (this.#finishOne(nowMs, last.status, last.keepAlive)) this.#goOn(nowMs);
      return;
    }
    const bytes = buffer.subarray(0, length);
    let rest = bytes;
    while (rest.length > 0) {
      const pending = this.#pending.first;
      const socket = this.#socket;
      if (pending === undefined || socket === null) {
        // Nobody asked: these bytes must not become the answer to the next request.
        if (socket !== null) this.#onFault(socket, null);
        return;
      }
      if (!this.#scanning) {
        this.#scanner.begin(pending.known.record.method === "HEAD", pending.known.keepsBody);
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
      const { status, keepAlive } = this.#scanner;
      if (isWhole && used === bytes.length && this.#mayBeRecognised(pending.known)) {
        pending.known.record.lastAnswer.keep(bytes, status, keepAlive);
      }
      rest = rest.subarray(used);
      if (!this.#finishOne(nowMs, status, keepAlive)) return;
    }
    this.#goOn(nowMs);
  }

  /** Sends what an answer has made room for. */
  #goOn(nowMs: number): void {
    if (this.#together === null) this.#fill(nowMs);
    else this.#together.add(this);
  }

  sendNow(): void {
    this.#fill(monotonicMs());
  }

  /** Null unless the bytes are the last answer to such a request again, from the first to the last. */
  #lastAnswerIfAgain(bytes: Buffer, words: Int32Array, length: number, nowMs: number): LastAnswer | null {
    const pending = this.#pending.first;
    if (this.#scanning || pending === undefined || this.#pending.length > 1) return null;
    const { lastAnswer } = pending.known.record;
    if (!this.#mayBeRecognised(pending.known) || !lastAnswer.isAgain(bytes, words, length)) return null;
    pending.firstByteAtMs = nowMs;
    return lastAnswer;
  }

  /** An answer to HEAD is read each time, its framing being special, and so is one whose body is looked at. */
  #mayBeRecognised({ record, keepsBody }: KnownRequest): boolean {
    return record.method !== "HEAD" && !keepsBody;
  }

  /** False: the connection is of no further use. */
  #finishOne(nowMs: number, status: number, keepAlive: boolean): boolean {
    const pending = this.#pending.takeFirst();
    if (pending === undefined) return false;
    const { request, keepsBody, tellsBody } = pending.known;
    const client = this.#client;
    this.#scanning = false;
    this.#retryMs = FIRST_RETRY_MS;
    const body = keepsBody ? this.#scanner.takeBody().toString("utf8") : "";
    const expected = this.#rules.expectBody;
    this.#end(pending, status, nowMs, expected !== null && body !== expected ? "mismatched" : "answered");
    this.#pending.giveBack(pending);
    if (tellsBody) client.requestIterator.recordBody(request, status, body, []);
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
      this.#finishOne(nowMs, this.#scanner.status, this.#scanner.keepAlive);
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
      this.#made += 1;
    }
    this.#failPending(nowMs);
    if (this.#made >= this.#amount) {
      this.#client.destroy();
      return;
    }
    this.#retry = setTimeout(() => this.connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #failPending(nowMs: number): void {
    for (const pending of this.#pending.takeAll()) this.#end(pending, 0, nowMs, "reset");
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
    return this.#sentOnSocket >= this.#reconnectRate;
  }

  #end(pending: PendingRequest, status: number, nowMs: number, how: RequestEnd): void {
    this.#recorder.end(pending.known.record, status, pending.sentAtMs, pending.firstByteAtMs, nowMs, how);
  }
}

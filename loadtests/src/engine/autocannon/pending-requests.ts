/** The requests of one connection that wait for their answers, and what is known of each before it is sent. */

import type { Client, Request } from "autocannon";
import type { BenchRecorder, NameRecord } from "./bench-recorder.js";

/** What does not change from one sending of a request to the next. */
export interface KnownRequest {
  readonly request: Request;
  readonly record: NameRecord;
  /** Its answer's body is looked at. */
  readonly keepsBody: boolean;
  /** autocannon is told of its answer. */
  readonly tellsBody: boolean;
}

export class KnownRequests {
  readonly #known = new Map<Request, KnownRequest>();
  readonly #client: Client;
  readonly #recorder: BenchRecorder;
  readonly #looksAtBodies: boolean;

  /** @param looksAtBodies whether every answer's body is compared with an expected one */
  constructor(client: Client, recorder: BenchRecorder, looksAtBodies: boolean) {
    this.#client = client;
    this.#recorder = recorder;
    this.#looksAtBodies = looksAtBodies;
  }

  of(request: Request): KnownRequest {
    const known = this.#known.get(request);
    if (known !== undefined) return known;
    const { opts } = this.#client;
    const tellsBody = "onResponse" in request;
    const name = request.path ?? opts.path ?? "/";
    const added: KnownRequest = {
      request,
      record: this.#recorder.nameRecord(name, request.method ?? opts.method ?? "GET"),
      keepsBody: this.#looksAtBodies || tellsBody,
      tellsBody,
    };
    this.#known.set(request, added);
    return added;
  }
}

export interface PendingRequest {
  known: KnownRequest;
  sentAtMs: number;
  /** NaN until a byte of the answer has come. */
  firstByteAtMs: number;
}

/** In the order in which they were sent, which is that of their answers. */
export class PendingRequests {
  readonly #waiting: PendingRequest[] = [];
  /** To be used again: hundreds of thousands a second would else be garbage. */
  #spare: PendingRequest | null = null;

  get length(): number {
    return this.#waiting.length;
  }

  get first(): PendingRequest | undefined {
    return this.#waiting[0];
  }

  add(known: KnownRequest, sentAtMs: number): void {
    const spare = this.#spare;
    if (spare === null) {
      this.#waiting.push({ known, sentAtMs, firstByteAtMs: Number.NaN });
      return;
    }
    this.#spare = null;
    spare.known = known;
    spare.sentAtMs = sentAtMs;
    spare.firstByteAtMs = Number.NaN;
    this.#waiting.push(spare);
  }

  takeFirst(): PendingRequest | undefined {
    return this.#waiting.shift();
  }

  takeAll(): readonly PendingRequest[] {
    return this.#waiting.splice(0);
  }

  /** Nobody looks at it any more. */
  giveBack(pending: PendingRequest): void {
    this.#spare = pending;
  }
}

/** One request on the wire and what became of it: the unit that is counted, so that recorded equals sent. */

import { monotonicMs } from "../../../clock.js";
import type { Expiring } from "./deadline-queue.js";
import { INTERRUPTED, type NetworkError, REQUEST_TIMEOUT } from "./network-error.js";
import type { RequestPlan } from "./request-plan.js";
import type { RequestTarget } from "./request-target.js";

/** The connection that a request is on. */
export interface Carrier {
  /** The request has ended before its reply: what still comes of it is nobody's. */
  giveUp(exchange: Exchange): void;
}

/** The other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** As node:tls writes it; empty without TLS. */
  readonly tlsVersion: string;
}

const NO_PEER: Peer = { address: "", port: 0, tlsVersion: "" };

/** Told of its end, once. */
export interface ExchangeOwner {
  onEnd(exchange: Exchange): void;
}

/**
 * Times on the monotonic clock, milliseconds. A thousand of these are under way at once, and each outlives a
 * collection of young objects, which copies it: so it has no more fields of its own than it needs.
 */
export class Exchange implements Expiring {
  readonly plan: RequestPlan;
  /** When the script asked for it. */
  readonly calledAtMs: number;
  /** When its timetable meant it to be sent; the same as `calledAtMs` without one. */
  readonly intendedAtMs: number;
  /** NaN until the request is written. */
  sentAtMs = Number.NaN;
  /** When the last byte was handed to the kernel. */
  writtenAtMs = Number.NaN;
  firstByteAtMs = Number.NaN;
  endAtMs = Number.NaN;
  /** What the connection that was opened for it took; null on one that was open. */
  setup: ConnectionSetup | null = null;
  sentBytes = 0;
  receivedBytes = 0;
  peer = NO_PEER;
  /** As k6 writes it. */
  proto: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2.0" = "HTTP/1.1";
  status = 0;
  statusText = "";
  headerText = "";
  /** Never changed: equal replies may share it. */
  replyBody: Buffer | null = null;
  error: NetworkError | null = null;
  carrier: Carrier | null = null;
  /** How often an HTTP/2 server said that it would not process it. */
  refusals = 0;
  deadlineMs = Number.NaN;
  earlier: Expiring | null = null;
  later: Expiring | null = null;
  readonly #owner: ExchangeOwner;

  constructor(plan: RequestPlan, calledAtMs: number, intendedAtMs: number, owner: ExchangeOwner) {
    this.plan = plan;
    this.calledAtMs = calledAtMs;
    this.intendedAtMs = intendedAtMs;
    this.#owner = owner;
  }

  get method(): string {
    return this.plan.method;
  }

  get target(): RequestTarget {
    return this.plan.target;
  }

  /** Request line and headers, ending in an empty line, latin1. */
  get head(): string {
    return this.plan.head;
  }

  get body(): Buffer | string | null {
    return this.plan.body;
  }

  get keepBody(): boolean {
    return this.plan.keepBody;
  }

  get isEnded(): boolean {
    return !Number.isNaN(this.endAtMs);
  }

  get wasSent(): boolean {
    return !Number.isNaN(this.sentAtMs);
  }

  get timedOut(): boolean {
    return this.error === REQUEST_TIMEOUT;
  }

  /** Service time as k6 has it: sending, waiting and receiving. From the call on when nothing was sent. */
  get durationMs(): number {
    return this.endAtMs - (this.wasSent ? this.sentAtMs : this.calledAtMs);
  }

  /** @param error null when the reply is whole. @param nowMs when that was */
  end(error: NetworkError | null, nowMs = monotonicMs()): void {
    if (this.isEnded) return;
    this.error = error;
    this.endAtMs = nowMs;
    this.carrier = null;
    this.#owner.onEnd(this);
  }

  /** Makes ready for sending it once more: nothing of it has been processed. */
  unsend(): void {
    this.refusals++;
    this.carrier = null;
    this.sentAtMs = Number.NaN;
    this.writtenAtMs = Number.NaN;
  }

  /** The deadline passed: whatever comes later on this connection is nobody's. */
  expire(): void {
    this.abandon(REQUEST_TIMEOUT);
  }

  /** The run is over for whoever sent it. */
  interrupt(): void {
    this.abandon(INTERRUPTED);
  }

  /** Ends it now, before its reply. */
  abandon(error: NetworkError): void {
    const { carrier } = this;
    this.end(error);
    carrier?.giveUp(this);
  }
}

/** Milliseconds. */
export class ConnectionSetup {
  lookupMs = 0;
  connectingMs = 0;
  tlsMs = 0;
}

/** One request on the wire and what became of it: the unit that is counted, so that recorded equals sent. */

import { monotonicMs } from "../../../clock.js";
import type { Deadline } from "./deadline-queue.js";
import { INTERRUPTED, type NetworkError, REQUEST_TIMEOUT } from "./network-error.js";
import type { RequestTarget } from "./request-target.js";

/** The connection that a request is on. */
export interface Carrier {
  /** The request has ended before its reply: what still comes of it is nobody's. */
  giveUp(exchange: Exchange): void;
}

/** Times on the monotonic clock, milliseconds. */
export class Exchange {
  readonly method: string;
  readonly target: RequestTarget;
  /** Request line and headers, ending in an empty line, latin1. */
  readonly head: string;
  readonly body: Buffer | string | null;
  readonly keepBody: boolean;
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
  lookupMs = 0;
  connectingMs = 0;
  tlsMs = 0;
  sentBytes = 0;
  receivedBytes = 0;
  remoteAddress = "";
  remotePort = 0;
  tlsVersion = "";
  /** As k6 writes it. */
  proto: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2.0" = "HTTP/1.1";
  status = 0;
  statusText = "";
  headerText = "";
  replyBody: Buffer | null = null;
  error: NetworkError | null = null;
  carrier: Carrier | null = null;
  /** How often an HTTP/2 server said that it would not process it. */
  refusals = 0;
  deadline: Deadline | null = null;
  readonly #onEnd: (exchange: Exchange) => void;

  constructor(
    method: string,
    target: RequestTarget,
    head: string,
    body: Buffer | string | null,
    keepBody: boolean,
    calledAtMs: number,
    intendedAtMs: number,
    onEnd: (exchange: Exchange) => void,
  ) {
    this.method = method;
    this.target = target;
    this.head = head;
    this.body = body;
    this.keepBody = keepBody;
    this.calledAtMs = calledAtMs;
    this.intendedAtMs = intendedAtMs;
    this.#onEnd = onEnd;
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

  /** @param error null when the reply is whole */
  end(error: NetworkError | null): void {
    if (this.isEnded) return;
    this.error = error;
    this.endAtMs = monotonicMs();
    this.carrier = null;
    this.#onEnd(this);
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

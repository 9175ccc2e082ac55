import type { WebSocket } from "ws";
import type { ServerMessage } from "./room-messages.js";

/** Close code of our own (RFC 6455 leaves 4000 to 4999 to applications): the client read too slowly. */
export const CLOSE_SLOW_CONSUMER = 4008;
/** How long a client that we gave up may take to close by itself. */
const CLOSE_GRACE_MS = 5_000;

/** What all members share. */
export interface MemberCounts {
  sentMessages: number;
  droppedSlow: number;
}

/** One client of a room, and the only way to send it something. */
export class Member {
  readonly userId: string;
  /** Milliseconds since the Unix epoch. */
  readonly joinedAt: number;
  readonly #socket: WebSocket;
  readonly #maxBufferedBytes: number;
  readonly #counts: MemberCounts;

  constructor(
    userId: string,
    joinedAt: number,
    socket: WebSocket,
    limits: { readonly maxBufferedBytes: number; readonly counts: MemberCounts },
  ) {
    this.userId = userId;
    this.joinedAt = joinedAt;
    this.#socket = socket;
    this.#maxBufferedBytes = limits.maxBufferedBytes;
    this.#counts = limits.counts;
  }

  say(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  /**
   * Sends a text that is ready to go. A client that leaves more than the limit unread is let go: what it does
   * not read waits in this process's memory, and everybody else would pay for it.
   */
  send(text: string | Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#maxBufferedBytes) {
      this.#dropSlow();
      return;
    }
    this.#socket.send(text, { binary: false });
    this.#counts.sentMessages += 1;
  }

  #dropSlow(): void {
    this.#counts.droppedSlow += 1;
    this.#socket.close(CLOSE_SLOW_CONSUMER, "slow consumer");
    // The close frame waits behind the unread messages: whoever reads none of them never sees it.
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }
}

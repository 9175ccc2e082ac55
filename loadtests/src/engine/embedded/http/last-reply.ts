/**
 * Remembers the last reply to a URL that came whole in one piece. What a reply says depends on its bytes
 * alone: an equal one needs no reading, and one with an equal head needs only its body copied. Shared by all
 * connections of a thread, which keeps it in the processor's cache.
 */

import { KeptBytes } from "./kept-bytes.js";

/** A reply longer than this is not kept: copying a body is cheaper than comparing it then. */
const MAX_KEPT_BYTES = 16 * 1024;

/** What a head says. */
export interface ReplyHead {
  readonly status: number;
  readonly statusText: string;
  readonly headerText: string;
  readonly isHttp10: boolean;
  readonly keepAlive: boolean;
  /** 0: the server does not say. */
  readonly keepAliveSeconds: number;
}

/** Before the server's own limit, so that no request crosses its closing. @param nowMs when the reply was whole */
export function lastReuseMs({ keepAliveSeconds }: ReplyHead, nowMs: number): number {
  if (keepAliveSeconds === 0) return Number.POSITIVE_INFINITY;
  return nowMs + Math.max(0, keepAliveSeconds * 1000 - 1000);
}

export class LastReply {
  head: ReplyHead | null = null;
  /** Null: it was not wanted. */
  body: Buffer | null = null;
  headBytes = 0;
  readonly #kept = new KeptBytes();

  /**
   * @param reply whole. @param headBytes how much of it is the head, the empty line in it; all of it where an
   *   equal head does not say how long the body is
   */
  keep(reply: Uint8Array, headBytes: number, head: ReplyHead, body: Buffer | null): void {
    if (reply.length > MAX_KEPT_BYTES) {
      this.head = null;
      this.body = null;
      return;
    }
    this.head = head;
    this.body = body;
    this.headBytes = headBytes;
    this.#kept.keep(reply);
  }

  /** Whether the first `length` bytes are the kept reply, byte for byte. @param words of `bytes`, from their beginning */
  isAgain(bytes: Uint8Array, words: Int32Array, length: number): boolean {
    return length === this.#kept.length && this.#kept.beginsWith(bytes, words, length);
  }

  /** Whether they are a reply with the kept head and as long a body. */
  hasSameHead(bytes: Uint8Array, words: Int32Array, length: number): boolean {
    return length === this.#kept.length && this.#kept.beginsWith(bytes, words, this.headBytes);
  }
}

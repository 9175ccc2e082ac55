/**
 * Remembers an answer that came whole in one piece: an equal one needs no reading. What it says depends on
 * its bytes alone, so that all connections of a thread share it, and it stays in the processor's cache.
 */

import { KeptBytes } from "../embedded/http/kept-bytes.js";

/** An answer longer than this is not kept. */
const MAX_KEPT_BYTES = 64 * 1024;

export class LastAnswer {
  status = 0;
  keepAlive = false;
  readonly #kept = new KeptBytes();

  keep(answer: Uint8Array, status: number, keepAlive: boolean): void {
    this.status = status;
    this.keepAlive = keepAlive;
    if (answer.length > MAX_KEPT_BYTES) this.#kept.length = 0;
    else this.#kept.keep(answer);
  }

  /** Whether the first `length` bytes are the kept answer, byte for byte. @param words of `bytes`, from their beginning */
  isAgain(bytes: Uint8Array, words: Int32Array, length: number): boolean {
    return length === this.#kept.length && length > 0 && this.#kept.beginsWith(bytes, words, length);
  }
}

/**
 * Remembers an answer that came whole in one piece: an equal one needs no reading. What it says depends on
 * its bytes alone, so that all connections of a thread share it, and it stays in the processor's cache.
 */

/** An answer longer than this is not kept. */
const MAX_KEPT_BYTES = 64 * 1024;

export class LastAnswer {
  status = 0;
  keepAlive = false;
  #length = 0;
  #words = new Int32Array(0);
  #bytes = new Uint8Array(0);

  keep(answer: Uint8Array, status: number, keepAlive: boolean): void {
    this.status = status;
    this.keepAlive = keepAlive;
    this.#length = answer.length > MAX_KEPT_BYTES ? 0 : answer.length;
    if (this.#length === 0) return;
    if (this.#bytes.length < answer.length) {
      const words = Math.ceil(answer.length / 4);
      this.#words = new Int32Array(words);
      this.#bytes = new Uint8Array(this.#words.buffer);
    }
    this.#bytes.set(answer);
  }

  /**
   * Whether the first `length` bytes are the kept answer, byte for byte. Compared here by words of four bytes: a
   * call of Node's own comparison takes longer than an answer of usual size.
   *
   * @param words of `bytes`, from their beginning.
   */
  isAgain(bytes: Uint8Array, words: Int32Array, length: number): boolean {
    if (length !== this.#length || length === 0) return false;
    const whole = length >> 2;
    const ours = this.#words;
    for (let index = 0; index < whole; index++) if (words[index] !== ours[index]) return false;
    const ourBytes = this.#bytes;
    for (let index = whole << 2; index < length; index++) if (bytes[index] !== ourBytes[index]) return false;
    return true;
  }
}

/** A copy of some bytes, to compare others with that lie at the beginning of a buffer. */
export class KeptBytes {
  length = 0;
  #words = new Int32Array(0);
  #bytes = new Uint8Array(0);

  keep(bytes: Uint8Array): void {
    this.length = bytes.length;
    if (this.#bytes.length < bytes.length) {
      this.#words = new Int32Array(Math.ceil(bytes.length / 4));
      this.#bytes = new Uint8Array(this.#words.buffer);
    }
    this.#bytes.set(bytes);
  }

  /**
   * Whether the first `length` bytes are the first of the kept ones. Compared here by words of four bytes: a call of
   * Node's own comparison takes longer than a reply of usual size.
   *
   * @param words of `bytes`, from their beginning. @param length at most that of the kept ones
   */
  beginsWith(bytes: Uint8Array, words: Int32Array, length: number): boolean {
    const whole = length >> 2;
    const ours = this.#words;
    for (let index = 0; index < whole; index++) if (words[index] !== ours[index]) return false;
    const ourBytes = this.#bytes;
    for (let index = whole << 2; index < length; index++) if (bytes[index] !== ourBytes[index]) return false;
    return true;
  }
}

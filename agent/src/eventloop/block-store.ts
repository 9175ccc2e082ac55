/** The blocks that `GET /blocks` shows: the latest ones whole, all of them counted. */
import type { Block, BlocksDocument, OpenBlock } from "../catalog/block";

export class BlockStore {
  readonly #limit: number;
  #latest: Block[] = [];
  #totalBlocks = 0;
  #totalBlockedMs = 0;

  /** @param limit blocks kept, the oldest goes first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(block: Block): void {
    this.#totalBlocks++;
    this.#totalBlockedMs += block.durationMs;
    this.#latest.unshift(block);
    if (this.#latest.length > this.#limit) this.#latest.length = this.#limit;
  }

  document(open: readonly OpenBlock[]): BlocksDocument {
    return {
      schema: "loopscope/blocks/1",
      open,
      blocks: [...this.#latest],
      totalBlocks: this.#totalBlocks,
      totalBlockedMs: Math.round(this.#totalBlockedMs * 100) / 100,
    };
  }
}

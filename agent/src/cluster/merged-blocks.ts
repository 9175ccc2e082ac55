/** The blocks of several processes in one document, each with the process that it stood still in. */

import type { Block, BlocksDocument, OpenBlock } from "../catalog/block";

export const NO_BLOCKS: BlocksDocument = {
  schema: "loopscope/blocks/1",
  open: [],
  blocks: [],
  totalBlocks: 0,
  totalBlockedMs: 0,
};

/** @param limit blocks shown, the latest. */
export function mergedBlocks(documents: readonly BlocksDocument[], limit: number): BlocksDocument {
  const sum = (read: (document: BlocksDocument) => number) =>
    documents.reduce((total, document) => total + read(document), 0);
  return {
    schema: "loopscope/blocks/1",
    open: documents.flatMap((document) => document.open).sort((a, b) => b.ageMs - a.ageMs),
    blocks: documents
      .flatMap((document) => document.blocks)
      .sort((a, b) => b.at - a.at)
      .slice(0, limit),
    totalBlocks: sum((document) => document.totalBlocks),
    totalBlockedMs: Math.round(sum((document) => document.totalBlockedMs) * 100) / 100,
  };
}

/** With the process said at each block. */
export function documentOfProcess(pid: number, document: BlocksDocument): BlocksDocument {
  return {
    ...document,
    open: document.open.map((open) => blockOfProcess(pid, open)),
    blocks: document.blocks.map((block) => blockOfProcess(pid, block)),
  };
}

/** It keeps its identifier: who has read it before the process became one of several must know it again. */
export function blockOfProcess<T extends Block | OpenBlock>(pid: number, block: T): T {
  return { ...block, pid };
}

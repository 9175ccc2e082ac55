/** Blocks gathered by culprit: the same line blocking four hundred times is one row, not four hundred. */

import type { Block } from "@loopscope/agent/catalog";

export interface BlockGroup {
  readonly cause: Block["cause"];
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The application's own line that led there, when the culprit is in a dependency or in Node itself. */
  readonly userFrame: Block["userFrame"];
  /** `POST /users`, most frequent first. */
  readonly routes: readonly string[];
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
  /** The most doubtful confidence among them, so that a late sample is never shown as exact. */
  readonly confidence: Block["confidence"];
  /** Its longest block, for the stack. */
  readonly longest: Block;
}

const DOUBT: Readonly<Record<Block["confidence"], number>> = { exact: 0, inferred: 1, caller: 2, unknown: 3 };

/** Groups by cause, function, file and line; most blocked time first. */
export function groupBlocks(blocks: readonly Block[]): readonly BlockGroup[] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = blockKey(block);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [block]);
    else group.push(block);
  }
  return [...groups.values()].map(summarized).sort((a, b) => b.totalMs - a.totalMs);
}

/** Two blocks with the same key have the same culprit. */
export function blockKey(block: Block): string {
  return JSON.stringify([block.cause, block.function, block.file, block.line]);
}

/** `POST /users`, or null outside a request. */
export function blockRoute(block: Pick<Block, "method" | "route">): string | null {
  if (block.route === null) return null;
  return block.method === null ? block.route : `${block.method} ${block.route}`;
}

function summarized(blocks: readonly Block[]): BlockGroup {
  const longest = blocks.reduce((worst, block) => (block.durationMs > worst.durationMs ? block : worst));
  const routes = new Map<string, number>();
  for (const block of blocks) {
    const route = blockRoute(block);
    if (route !== null) routes.set(route, (routes.get(route) ?? 0) + 1);
  }
  return {
    cause: longest.cause,
    function: longest.function,
    file: longest.file,
    line: longest.line,
    column: longest.column,
    userFrame: longest.userFrame,
    routes: [...routes.entries()].sort((a, b) => b[1] - a[1]).map(([route]) => route),
    count: blocks.length,
    totalMs: blocks.reduce((sum, block) => sum + block.durationMs, 0),
    longestMs: longest.durationMs,
    confidence: blocks.reduce<Block["confidence"]>(
      (worst, block) => (DOUBT[block.confidence] > DOUBT[worst] ? block.confidence : worst),
      "exact",
    ),
    longest,
  };
}

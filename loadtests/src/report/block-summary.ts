/** Blocks gathered by culprit: the same line blocking four hundred times is one row, not four hundred. */

import { type Block, isComputingThread } from "@loopscope/agent/catalog";

export interface BlockGroup {
  readonly cause: Block["cause"];
  /** `culpritName` of it. */
  readonly function: string | null;
  readonly file: string | null;
  /** Where it blocked longest in all. */
  readonly line: number | null;
  readonly column: number | null;
  /** The application's own line that led there, when the culprit is in a dependency or in Node itself. */
  readonly userFrame: Block["userFrame"];
  /** `POST /users`, most frequent first; `worker thread` for one that serves no requests. */
  readonly routes: readonly string[];
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
  /** The most doubtful confidence on that line, so that a late sample is never shown as exact. */
  readonly confidence: Block["confidence"];
  /** Its longest block on that line, for the stack. */
  readonly longest: Block;
}

const DOUBT: Readonly<Record<Block["confidence"], number>> = { exact: 0, inferred: 1, caller: 2, unknown: 3 };

/** Groups by cause, function and file; most blocked time first. */
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

/**
 * Two blocks with the same key have the same culprit. Functions without a name are told apart by their line.
 */
export function blockKey(block: Block): string {
  const line = isAnonymous(block.function) ? block.line : null;
  return JSON.stringify([block.cause, block.function, block.file, line, isComputingThread(block)]);
}

/**
 * What to call the culprit: its function, or, when that has no name (a comparator, a callback), the nearest
 * named function of the same file that called it. Null when there is none.
 */
export function culpritName(block: Block): string | null {
  if (!isAnonymous(block.function)) return block.function;
  const named = block.stack.find((frame) => frame.file === block.file && !isAnonymous(frame.function));
  return named?.function ?? block.function;
}

/** `POST /users`, or null outside a request. */
export function blockRoute(block: Pick<Block, "method" | "route">): string | null {
  if (block.route === null) return null;
  return block.method === null ? block.route : `${block.method} ${block.route}`;
}

function isAnonymous(name: string | null): boolean {
  return name === null || name === "" || name.startsWith("(anonymous");
}

function summarized(blocks: readonly Block[]): BlockGroup {
  const main = onMainLine(blocks);
  const longest = main.reduce((worst, block) => (block.durationMs > worst.durationMs ? block : worst));
  return {
    cause: longest.cause,
    function: culpritName(longest),
    file: longest.file,
    line: longest.line,
    column: longest.column,
    userFrame: longest.userFrame,
    routes: routesOf(blocks),
    count: blocks.length,
    totalMs: blocks.reduce((sum, block) => sum + block.durationMs, 0),
    longestMs: blocks.reduce((most, block) => Math.max(most, block.durationMs), 0),
    confidence: main.reduce<Block["confidence"]>(
      (worst, block) => (DOUBT[block.confidence] > DOUBT[worst] ? block.confidence : worst),
      "exact",
    ),
    longest,
  };
}

/** Those of a culprit's blocks that lie on the line on which it blocked longest in all. */
function onMainLine(blocks: readonly Block[]): readonly Block[] {
  const totals = new Map<number | null, number>();
  for (const block of blocks) totals.set(block.line, (totals.get(block.line) ?? 0) + block.durationMs);
  const [main] = [...totals.entries()].sort((a, b) => b[1] - a[1])[0] ?? [null];
  return blocks.filter((block) => block.line === main);
}

function routesOf(blocks: readonly Block[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const block of blocks) {
    const route = isComputingThread(block) ? "worker thread" : blockRoute(block);
    if (route !== null) counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  return [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([route]) => route);
}

/** Blocks and their stacks for the page, each frame and each stack written once, within a bound on size. */

import type { Block, StackFrame } from "@loopscope/agent/catalog";
import { BLOCK_CAUSE_LABELS } from "../block-cause-labels.js";
import { blockRoute, culpritName, groupBlocks } from "../block-summary.js";
import { formatCount, formatMs, formatShare } from "../figure-format.js";
import { displayLine } from "../source-place.js";
import type { PageBlock, PageData, PageFrame } from "./page/page-data.js";
import { rounded } from "./thinned-series.js";

/** Marks beyond this are too dense to be told apart; the longest are kept. */
const MOST_BLOCKS = 500;
/** Distinct frames and stacks beyond this are left out: an hour's report has to stay under 1.5 MB. */
const MOST_FRAMES = 3000;
const MOST_STACKS = 1500;

export type PageBlocks = Pick<PageData, "blocks" | "frames" | "stacks">;

/**
 * @param startedAt of the load, epoch milliseconds. Each culprit's longest block is always among those kept.
 */
export function blocksOf(blocks: readonly Block[], startedAt: number, baseFolder: string): PageBlocks {
  const frames = new Map<string, number>();
  const stacks = new Map<string, number>();
  const frameList: PageFrame[] = [];
  const stackList: number[][] = [];
  const frameIndex = (frame: StackFrame): number => {
    const place = displayLine(frame, baseFolder) ?? "";
    const key = `${frame.function}\n${place}`;
    const known = frames.get(key);
    if (known !== undefined) return known;
    frames.set(key, frameList.length);
    return frameList.push([frame.function, place]) - 1;
  };
  const stackIndex = (stack: readonly StackFrame[]): number | undefined => {
    if (frameList.length > MOST_FRAMES) return undefined;
    const indices = stack.map(frameIndex);
    const key = indices.join();
    const known = stacks.get(key);
    if (known !== undefined) return known;
    if (stackList.length >= MOST_STACKS) return undefined;
    stacks.set(key, stackList.length);
    return stackList.push(indices) - 1;
  };
  const pageBlocks = keptBlocks(blocks).map((block): PageBlock => {
    const profile = profileOf(block).flatMap(({ frames: stack, samples }) => {
      const index = stackIndex(stack);
      return index === undefined ? [] : [[index, samples] as const];
    });
    return pageBlock(block, startedAt, baseFolder, profile);
  });
  return {
    blocks: [...pageBlocks].sort((a, b) => a.second - b.second),
    frames: frameList,
    stacks: stackList,
  };
}

/**
 * Culprits' longest first, then the longest of all, so that stacks of different culprits fit before
 * repetitions.
 */
function keptBlocks(blocks: readonly Block[]): readonly Block[] {
  const longestOfCulprits = groupBlocks(blocks).map((group) => group.longest);
  const byLength = [...blocks].sort((a, b) => b.durationMs - a.durationMs);
  return [...new Set([...longestOfCulprits, ...byLength])].slice(0, MOST_BLOCKS);
}

function profileOf(block: Block): Block["profile"] {
  if (block.profile.length > 0) return block.profile;
  return block.stack.length === 0 ? [] : [{ frames: block.stack, samples: Math.max(1, block.samples) }];
}

function pageBlock(
  block: Block,
  startedAt: number,
  baseFolder: string,
  profile: PageBlock["profile"],
): PageBlock {
  const { evidence } = block;
  const ms = (name: string, value: number | null): (readonly [string, string])[] =>
    value === null ? [] : [[name, formatMs(value)]];
  const facts: (readonly [string, string])[] = [
    ["held the loop", formatMs(block.durationMs)],
    ["cause", BLOCK_CAUSE_LABELS[block.cause]],
    [
      "confidence",
      `${block.confidence}, ${formatCount(block.samples)} samples, ${formatShare(block.selfShare)} of them here`,
    ],
    ["thread", block.thread],
    ...ms("on the CPU", evidence.cpuMs),
    ...ms("waited for a CPU", evidence.runQueueMs),
    ...ms("in garbage collection", evidence.gcMs),
    ...(evidence.nativeCall === null ? [] : ms(`in ${evidence.nativeCall}`, evidence.nativeCallMs)),
    ...(evidence.victims === null || evidence.victims === 0
      ? []
      : ([
          [
            "held up",
            `${formatCount(evidence.victims)} other requests, ${formatMs(evidence.victimDelayMs)} in all`,
          ],
        ] as const)),
    ...(block.traceId === null ? [] : ([["trace", block.traceId]] as const)),
    ...(block.requestId === null ? [] : ([["request", block.requestId]] as const)),
  ];
  return {
    id: block.id,
    second: rounded((block.at - startedAt) / 1000),
    durationMs: rounded(block.durationMs),
    cause: block.cause,
    title: culpritName(block) ?? "Unknown function",
    place: displayLine(block, baseFolder) ?? "",
    route: blockRoute(block) ?? "",
    facts,
    profile,
  };
}

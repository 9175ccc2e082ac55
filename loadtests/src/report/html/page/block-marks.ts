/** Blocks on a chart: a shade as wide as the block lasted, and a mark above it that can be clicked. */

import type uPlot from "uplot";
import type { PageBlock } from "./page-data.js";
import { themeColour, translucent } from "./palette.js";

/** A click this near to a block is meant for it, CSS pixels. */
const REACH_PX = 7;
const MARK_PX = 5;

/** Drawn before the lines, so that they stay readable. */
export function drawBlocks(plot: uPlot, blocks: readonly PageBlock[], marks: boolean): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const colour = themeColour("block");
  ctx.save();
  for (const block of blocks) {
    const [left, right] = edgesOf(plot, block, true);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.fillStyle = translucent(colour, 0.22);
    ctx.fillRect(left, bbox.top, Math.max(ratio, right - left), bbox.height);
    if (!marks) continue;
    const middle = (left + right) / 2;
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(middle - MARK_PX * ratio, bbox.top - (MARK_PX + 4) * ratio);
    ctx.lineTo(middle + MARK_PX * ratio, bbox.top - (MARK_PX + 4) * ratio);
    ctx.lineTo(middle, bbox.top);
    ctx.closePath();
    ctx.fill();
  }
  ctx.restore();
}

/**
 * The block under a click at `offsetX` CSS pixels from the plot's left edge: the longest one within reach.
 */
export function blockAt(plot: uPlot, blocks: readonly PageBlock[], offsetX: number): PageBlock | null {
  const hit = blocks.filter((block) => {
    const [left, right] = edgesOf(plot, block, false);
    return offsetX >= left - REACH_PX && offsetX <= right + REACH_PX;
  });
  return hit.reduce<PageBlock | null>(
    (longest, block) => (longest === null || block.durationMs > longest.durationMs ? block : longest),
    null,
  );
}

function edgesOf(plot: uPlot, block: PageBlock, canvas: boolean): readonly [number, number] {
  return [
    plot.valToPos(block.second, "x", canvas),
    plot.valToPos(block.second + block.durationMs / 1000, "x", canvas),
  ];
}

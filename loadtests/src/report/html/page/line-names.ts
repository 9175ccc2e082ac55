/** Names beside the lines themselves, so that no legend has to be matched by colour; limits with theirs. */

import type uPlot from "uplot";
import type { PageLimit, PageLine } from "./page-data.js";
import { lineColour, themeColour, translucent } from "./palette.js";

const LINE_HEIGHT_PX = 13;

/** Written right of the last visible point of each line, pushed apart where they would overlap. */
export function drawLineNames(plot: uPlot, lines: readonly PageLine[], roomPx: number): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const names = lines
    .flatMap((line, index) => {
      const value = lastVisible(plot, index + 1);
      if (value === null || plot.series[index + 1]?.show === false) return [];
      return [{ line, y: plot.valToPos(value, "left", true) }];
    })
    .sort((a, b) => a.y - b.y);
  const step = LINE_HEIGHT_PX * ratio;
  let above = Number.NEGATIVE_INFINITY;
  const placed = names.map((name) => {
    above = Math.max(name.y, above + step);
    return { ...name, at: above };
  });
  const overflow = Math.max(0, above - (bbox.top + bbox.height));
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const { line, at } of placed) {
    ctx.fillStyle = lineColour(line.colour);
    const name = fitted(ctx, line.label, (roomPx - 8) * ratio);
    ctx.fillText(name, bbox.left + bbox.width + 6 * ratio, at - overflow);
  }
  ctx.restore();
}

/** The end of a name that is too long: of addresses and paths, the part that tells them apart. */
function fitted(ctx: CanvasRenderingContext2D, name: string, room: number): string {
  if (ctx.measureText(name).width <= room) return name;
  let cut = 1;
  while (cut < name.length && ctx.measureText(`…${name.slice(cut)}`).width > room) cut++;
  return `…${name.slice(cut)}`;
}

/** A dashed line at each limit that is within the axis, its name above it. */
export function drawLimits(plot: uPlot, limits: readonly PageLimit[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const top = plot.scales.left?.max ?? 0;
  ctx.save();
  ctx.strokeStyle = themeColour("limit");
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.font = `${10.5 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const limit of limits) {
    if (limit.value > top) continue;
    const y = plot.valToPos(limit.value, "left", true);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const width = ctx.measureText(limit.label).width;
    ctx.fillStyle = translucent(themeColour("surface"), 0.8);
    ctx.fillRect(bbox.left + 2 * ratio, y - 15 * ratio, width + 4 * ratio, 14 * ratio);
    ctx.fillStyle = themeColour("limit");
    ctx.fillText(limit.label, bbox.left + 4 * ratio, y - 2 * ratio);
  }
  ctx.restore();
}

function lastVisible(plot: uPlot, series: number): number | null {
  const seconds = plot.data[0];
  const values = plot.data[series] ?? [];
  const max = plot.scales.x?.max ?? Number.POSITIVE_INFINITY;
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if ((seconds[index] ?? 0) <= max && value !== null && value !== undefined) return value;
  }
  return null;
}

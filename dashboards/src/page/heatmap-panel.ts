/** A histogram over time: a column a step, a row a bucket, stronger where more was. */
import type { GrafanaPanel } from "./grafana-json.js";
import type { PanelData } from "./panel-data.js";
import { formatUnit } from "./unit-format.js";

const LABELS_PX = 72;

export function drawHeatmap(
  panel: GrafanaPanel,
  { answers, range }: PanelData,
  container: HTMLElement,
): void {
  const rows = bucketRows(answers.flatMap(({ series }) => series));
  const canvas = document.createElement("canvas");
  const width = Math.max(200, container.clientWidth);
  const height = Math.max(90, container.clientHeight);
  canvas.width = width;
  canvas.height = height;
  container.append(canvas);
  const context = canvas.getContext("2d");
  if (context === null) return;
  const columns = Math.floor((range.endSeconds - range.startSeconds) / range.stepSeconds) + 1;
  const cellWidth = (width - LABELS_PX) / columns;
  const cellHeight = height / Math.max(1, rows.length);
  const largest = Math.max(...rows.flatMap(({ values }) => [...values.values()]));
  const { fill = "#0072B2", exponent = 1 } = panel.options?.color ?? {};
  const unit = panel.fieldConfig.defaults.unit ?? "short";
  const text = getComputedStyle(container).color;
  rows.forEach(({ bound, values }, index) => {
    const top = height - (index + 1) * cellHeight;
    for (const [at, value] of values) {
      if (value <= 0) continue;
      context.globalAlpha = (value / largest) ** exponent;
      context.fillStyle = fill;
      const column = Math.round((at - range.startSeconds) / range.stepSeconds);
      context.fillRect(LABELS_PX + column * cellWidth, top, Math.ceil(cellWidth), Math.ceil(cellHeight) - 1);
    }
    context.globalAlpha = 1;
    context.fillStyle = text;
    context.font = "11px system-ui, sans-serif";
    const label = Number.isFinite(bound) ? formatUnit(bound, unit) : "more";
    if (cellHeight >= 11 || index % 2 === 0) context.fillText(label, 0, top + cellHeight / 2 + 4);
  });
}

interface BucketRow {
  readonly bound: number;
  /** By time: what fell into this bucket alone. */
  readonly values: ReadonlyMap<number, number>;
}

/** Prometheus' buckets hold what the smaller ones hold: each less the one below it. */
function bucketRows(series: PanelData["answers"][number]["series"]): readonly BucketRow[] {
  const cumulative = series
    .map(({ labels, points }) => ({
      bound: labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le),
      values: new Map(points),
    }))
    .sort((a, b) => a.bound - b.bound);
  return cumulative.map(({ bound, values }, index) => {
    const below = cumulative[index - 1]?.values;
    return { bound, values: new Map([...values].map(([at, value]) => [at, value - (below?.get(at) ?? 0)])) };
  });
}

/** Requests a second by number of connections, as bars of text: the three ways of a work under each other. Pure. */

import { formatNumber } from "../../src/report/figure-format.js";
import type { LevelComparison } from "./comparison-table.js";
import { LAB_WAYS, type LabWay } from "./lab-ways.js";

const BAR_COLUMNS = 50;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const LABEL: Readonly<Record<LabWay, string>> = {
  blocking: "blocking",
  threads: "threads",
  asynchronous: "async",
};

export function throughputChart(levels: readonly LevelComparison[]): readonly string[] {
  const works = [...new Set(levels.map(({ work }) => work))];
  return works.flatMap((work) => {
    const own = levels.filter((level) => level.work === work);
    const most = Math.max(...own.flatMap(({ ways }) => LAB_WAYS.map((way) => ways[way].throughput)));
    const bars = own.flatMap(({ connections, ways }) =>
      LAB_WAYS.map((way, index) => {
        const level = index === 0 ? String(connections) : "";
        const { throughput } = ways[way];
        return `  ${level.padStart(5)}  ${LABEL[way].padEnd(8)}  ${bar(throughput / most)} ${formatNumber(throughput)}`;
      }),
    );
    return [`${work}: requests a second by connections`, ...bars, ""];
  });
}

/** To an eighth of a column. */
function bar(share: number): string {
  const eighths = Math.round(share * BAR_COLUMNS * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

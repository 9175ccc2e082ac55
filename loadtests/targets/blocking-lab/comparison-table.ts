/** Measurements as the articles' tables: what each way took, and what the asynchronous one saved. Pure. */

import { formatMs, formatNumber } from "../../src/report/figure-format.js";
import type { TerminalStyle } from "../../src/report/terminal-style.js";
import { renderTable, type TableColumn } from "../../src/report/text-table.js";
import { LAB_WAYS, type LabWay, type LabWork } from "./lab-ways.js";
import type { WayMeasurement } from "./measure-way.js";

/** The three ways of one work at one number of connections. */
export interface LevelComparison {
  readonly work: LabWork;
  readonly connections: number;
  readonly ways: Readonly<Record<LabWay, WayMeasurement>>;
}

/** What stands in the articles' table, of one comparison. */
export interface Savings {
  /** Blocking time over asynchronous time for the same number of requests. */
  readonly speedUp: number;
  /** 0..1 of the blocking way's; below 0: the asynchronous way takes more. */
  readonly cpuSaved: number;
  readonly memorySaved: number;
}

/** Requests that a time in the tables is for. */
const REQUESTS = 1000;

/** Complete comparisons only, in the order of the measurements. */
export function compareLevels(measurements: readonly WayMeasurement[]): readonly LevelComparison[] {
  const blocking = measurements.filter(({ way }) => way === "blocking");
  return blocking.flatMap(({ work, connections }) => {
    const found = LAB_WAYS.map((way) =>
      measurements.find((one) => one.work === work && one.connections === connections && one.way === way),
    );
    const [inLoop, threads, asynchronous] = found;
    if (inLoop === undefined || threads === undefined || asynchronous === undefined) return [];
    return [{ work, connections, ways: { blocking: inLoop, threads, asynchronous } }];
  });
}

export function savingsOf({ ways: { blocking, asynchronous } }: LevelComparison): Savings {
  return {
    speedUp: asynchronous.throughput / blocking.throughput,
    cpuSaved: 1 - asynchronous.cpuMs / blocking.cpuMs,
    memorySaved: 1 - asynchronous.rssBytes / blocking.rssBytes,
  };
}

const LEVEL_COLUMNS: readonly TableColumn[] = [
  { title: "work", align: "left" },
  { title: "conns", align: "right" },
  { title: "blocking", align: "right" },
  { title: "threads", align: "right", dropOrder: 3 },
  { title: "async", align: "right" },
  { title: "speed-up", align: "right" },
  { title: "CPU saved", align: "right" },
  { title: "memory saved", align: "right" },
  { title: "p95 blocking", align: "right" },
  { title: "p95 threads", align: "right", dropOrder: 2 },
  { title: "p95 async", align: "right" },
  { title: "loop held", align: "right", dropOrder: 1 },
];

/** One line for each work and number of connections; times are for 1,000 requests. */
export function levelTable(levels: readonly LevelComparison[], style: TerminalStyle): readonly string[] {
  const rows = levels.map((level) => {
    const { speedUp, cpuSaved, memorySaved } = savingsOf(level);
    const { blocking, threads, asynchronous } = level.ways;
    return [
      level.work,
      String(level.connections),
      timeOf(blocking),
      timeOf(threads),
      timeOf(asynchronous),
      `${formatNumber(speedUp)}×`,
      percent(cpuSaved),
      percent(memorySaved),
      p95Of(blocking),
      p95Of(threads),
      p95Of(asynchronous),
      `${percent(blocking.loopActiveShare)} / ${percent(asynchronous.loopActiveShare)}`,
    ];
  });
  return renderTable(LEVEL_COLUMNS, rows, style);
}

const SUMMARY_COLUMNS: readonly TableColumn[] = [
  { title: "work", align: "left" },
  { title: "blocking", align: "right" },
  { title: "threads", align: "right" },
  { title: "async", align: "right" },
  { title: "speed-up", align: "right" },
  { title: "CPU saved", align: "right" },
  { title: "memory saved", align: "right" },
];

/** One line for each work over all its levels: times as shares of the blocking one, savings from least to most. */
export function summaryTable(levels: readonly LevelComparison[], style: TerminalStyle): readonly string[] {
  const works = [...new Set(levels.map(({ work }) => work))];
  const rows = works.map((work) => {
    const own = levels.filter((level) => level.work === work);
    const savings = own.map(savingsOf);
    const shareOfTime = (way: LabWay): string =>
      range(
        own.map(({ ways }) => ways.blocking.throughput / ways[way].throughput),
        percent,
      );
    return [
      work,
      "100 %",
      shareOfTime("threads"),
      shareOfTime("asynchronous"),
      range(
        savings.map(({ speedUp }) => speedUp),
        (value) => `${formatNumber(value)}×`,
      ),
      range(
        savings.map(({ cpuSaved }) => cpuSaved),
        percent,
      ),
      range(
        savings.map(({ memorySaved }) => memorySaved),
        percent,
      ),
    ];
  });
  return renderTable(SUMMARY_COLUMNS, rows, style);
}

function timeOf({ throughput }: WayMeasurement): string {
  return throughput === 0 ? "no answer" : formatMs((REQUESTS / throughput) * 1000);
}

/** Requests that were still waiting at the end would have taken longer yet: the figure is then a lower bound. */
function p95Of({ p95Ms, unfinished, answered }: WayMeasurement): string {
  return `${unfinished > 0.05 * (answered + unfinished) ? "≥ " : ""}${formatMs(p95Ms)}`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–";
}

function range(values: readonly number[], format: (value: number) => string): string {
  const least = format(Math.min(...values));
  const most = format(Math.max(...values));
  return least === most ? least : `${least} to ${most}`;
}

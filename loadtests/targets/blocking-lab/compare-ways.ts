/**
 * `npm run load:compare`: does each work of the lab in each way, at several numbers of connections, and prints
 * the articles' table (blocking against asynchronous) and a chart, all from measurements of this run.
 */

import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "../embedded-postgres/embedded-postgres.js";
import { runService } from "../service/start-service.js";
import { throughputChart } from "./comparison-chart.js";
import { compareLevels, levelTable, summaryTable } from "./comparison-table.js";
import { startLab } from "./lab-process.js";
import { LAB_WAYS, LAB_WORKS, type LabWork } from "./lab-ways.js";
import { measureWay, type WayMeasurement } from "./measure-way.js";

const USAGE = `Usage: npm run load:compare -- [options]
  --connections LIST  Connections, each 1 to 5000. Default: 5,10,20,50,100,1000.
  --seconds N         Length of each measurement, 0.2 to 600. Default: 1.
  --work LIST         Among ${LAB_WORKS.join(", ")}. Default: all.
  --json FILE         Writes the measurements there too.`;

interface CompareOptions {
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly works: readonly LabWork[];
  readonly json: string | undefined;
}

/** Not measured: the first requests load code, open connections and start threads. */
const WARM_UP = { connections: 10, seconds: 0.5 } as const;
const STYLE = { colour: false, columns: 160 } as const;

runService(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return console.log(USAGE);
  const measurements = await measureAll(options);
  const levels = compareLevels(measurements);
  const machine = `${os.availableParallelism()} processors, Node ${process.version}, ${options.seconds} s each`;
  console.log(`\nBlocking against asynchronous: ${machine}`);
  console.log("Times are for 1,000 requests; ≥: many requests were still waiting when the load ended.\n");
  console.log(levelTable(levels, STYLE).join("\n"));
  console.log("\nOver all numbers of connections, time as a share of the blocking way's\n");
  console.log(summaryTable(levels, STYLE).join("\n"));
  console.log(`\n${throughputChart(levels).join("\n")}`);
  if (options.json !== undefined) await writeJson(options.json, { machine, measurements });
});

async function measureAll(options: CompareOptions): Promise<readonly WayMeasurement[]> {
  const database = await startEmbeddedPostgres();
  const measurements: WayMeasurement[] = [];
  try {
    for (const work of options.works) {
      for (const way of LAB_WAYS) {
        const lab = await startLab(database.url);
        try {
          const common = { baseUrl: lab.url, work, way };
          await measureWay({ ...common, ...WARM_UP });
          for (const connections of options.connections) {
            process.stderr.write(`${work}, ${way}, ${connections} connections\n`);
            measurements.push(await measureWay({ ...common, connections, seconds: options.seconds }));
          }
        } finally {
          await lab.stop();
        }
      }
    }
  } finally {
    await database.stop();
  }
  return measurements;
}

/** Undefined: help was asked for. @throws Error with one sentence. */
function readOptions(args: readonly string[]): CompareOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: "string", default: "5,10,20,50,100,1000" },
      seconds: { type: "string", default: "1" },
      work: { type: "string", default: LAB_WORKS.join(",") },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    connections: values.connections.split(",").map((text) => numberWithin("--connections", text, 1, 5000)),
    seconds: numberWithin("--seconds", values.seconds, 0.2, 600),
    works: values.work.split(",").map((text) => {
      const work = LAB_WORKS.find((name) => name === text);
      if (work === undefined) throw new Error(`--work must be among ${LAB_WORKS.join(", ")}, got "${text}"`);
      return work;
    }),
    json: values.json,
  };
}

function numberWithin(option: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (
    text.trim() === "" ||
    !(value >= from && value <= to) ||
    (option === "--connections" && value % 1 !== 0)
  ) {
    throw new Error(`${option} must be between ${from} and ${to}, got "${text}"`);
  }
  return value;
}

async function writeJson(file: string, content: unknown): Promise<void> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

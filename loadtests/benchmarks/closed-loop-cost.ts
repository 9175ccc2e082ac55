/**
 * What does a request cost `bench` in CPU, beside wrk, stock autocannon, hey, ab, oha and vegeta? And what do
 * Node's sockets alone cost, which no client on Node can do without?
 * `npm run bench:closed [-- --rounds 3 --seconds 4 --write]`, with the tools on the PATH; those that are
 * not there are left out with a line. Needs nginx. CPU of bench and autocannon is that of the load, without
 * the start of Node (0.1 s); of the others, which start in no time, the whole process.
 * Reasons to doubt: server and generator share the machine; nginx is near its own limit in the fast rows, so
 * requests a second are bounded by it and CPU per request is the fair column; one server, one tiny reply.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { isInstalled, measureProcess } from "./measured-process.js";
import { nginxVersion, startNginx } from "./nginx-server.js";
import type { BenchFigures } from "./run-bench.js";

const LEVELS = [10, 50, 200, 1000];
const OURS = "loopscope bench";
const FLOOR = "wrk";

interface Measurement {
  readonly requests: number;
  readonly cpuSeconds: number;
}

interface Generator {
  readonly name: string;
  /** A call that ends at once, to see whether it is there; null for what npm has installed. */
  readonly probe: readonly [command: string, ...args: string[]] | null;
  load(url: string, connections: number, seconds: number): Promise<Measurement>;
}

const GENERATORS: readonly Generator[] = [
  { name: OURS, probe: null, load: inNode("bench") },
  {
    name: FLOOR,
    probe: ["wrk", "-v"],
    load: (url, connections, seconds) =>
      measured(["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, url], /(\d+) requests in/),
  },
  { name: "node:net alone", probe: null, load: inNode("sockets") },
  { name: "autocannon", probe: null, load: inNode("autocannon") },
  {
    name: "ab",
    probe: ["ab", "-V"],
    load: (url, connections, seconds) =>
      // The number comes last: -t sets it to 50,000.
      measured(
        ["ab", "-k", "-q", "-t", `${seconds}`, "-n", "100000000", "-c", `${connections}`, url],
        /Complete requests: +(\d+)/,
      ),
  },
  {
    name: "hey",
    probe: ["hey", "-h"],
    load: (url, connections, seconds) =>
      measured(["hey", "-z", `${seconds}s`, "-c", `${connections}`, url], /\[200\]\s+(\d+) responses/),
  },
  {
    name: "oha",
    probe: ["oha", "--version"],
    load: (url, connections, seconds) =>
      measured(
        ["oha", "--no-tui", "-z", `${seconds}s`, "-c", `${connections}`, url],
        /\[200\] (\d+) responses/,
      ),
  },
  { name: "vegeta", probe: ["vegeta", "--version"], load: vegeta },
];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const folder = mkdtempSync(path.join(tmpdir(), "loopscope-closed-"));
const nginx = await startNginx();
try {
  const text = await compare(GENERATORS.filter(isThere));
  process.stdout.write(`${text}\n`);
  if (values.write) writeDocumentSection("bench:closed", text);
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true });
}

async function compare(generators: readonly Generator[]): Promise<string> {
  const found = new Map<string, Measurement[]>();
  for (let round = 0; round < rounds; round++) {
    for (const connections of LEVELS) {
      for (const { name, load } of generators) {
        const measurement = await load(nginx.url, connections, seconds);
        const key = `${name}\t${connections}`;
        found.set(key, [...(found.get(key) ?? []), measurement]);
        const cost = costOf(measurement).toFixed(2);
        process.stderr.write(
          `round ${round + 1}, ${connections} connections, ${name}: ${cost} CPU s per 100k\n`,
        );
      }
    }
  }
  const rows = LEVELS.flatMap((connections) => {
    const floor = found.get(`${FLOOR}\t${connections}`) ?? [];
    return generators.map(({ name }) =>
      tableRow(name, connections, found.get(`${name}\t${connections}`) ?? [], floor),
    );
  });
  return [
    `${machineLine()} ${nginxVersion()}, one worker.`,
    `Medians of ${rounds} interleaved rounds of ${seconds} s; spread is (max - min) / median of the CPU column;`,
    "the ratio to wrk is the median of the rounds' own ratios.",
    "",
    markdownTable(
      ["connections", "generator", "requests/s", "CPU s per 100k", "spread", "CPU, ratio to wrk"],
      rows,
    ),
  ].join("\n");
}

function tableRow(
  name: string,
  connections: number,
  measurements: readonly Measurement[],
  floor: readonly Measurement[],
): string[] {
  const costs = measurements.map(costOf);
  const middle = median(costs);
  const ratios = floor.map((wrk, round) => (costs[round] ?? Number.NaN) / costOf(wrk));
  const perSecond = median(measurements.map(({ requests }) => requests / seconds));
  return [
    String(connections),
    name,
    Math.round(perSecond).toLocaleString("en"),
    middle.toFixed(2),
    `${Math.round(((Math.max(...costs) - Math.min(...costs)) / middle) * 100)} %`,
    ratios.length === 0 ? "–" : median(ratios).toFixed(2),
  ];
}

/** CPU seconds for 100,000 requests. */
function costOf({ requests, cpuSeconds }: Measurement): number {
  return (cpuSeconds / requests) * 100_000;
}

function isThere({ name, probe }: Generator): boolean {
  const there = probe === null || isInstalled(...probe);
  if (!there) process.stderr.write(`${name} is not on the PATH and is left out\n`);
  return there;
}

function inNode(generator: "bench" | "autocannon" | "sockets"): Generator["load"] {
  const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "run-bench.js");
  return async (url, connections, seconds) => {
    const args = [program, generator, url, `${connections}`, `${seconds}`];
    const { stdout } = await measureProcess(process.execPath, args);
    const figures = JSON.parse(stdout) as BenchFigures;
    return { requests: figures.requests, cpuSeconds: figures.loadCpuSeconds };
  };
}

async function measured(
  [command = "", ...args]: readonly string[],
  requestsIn: RegExp,
): Promise<Measurement> {
  const { stdout, cpuSeconds } = await measureProcess(command, args);
  const requests = Number(requestsIn.exec(stdout)?.[1]);
  if (!(requests > 0)) throw new Error(`${command} answered no request:\n${stdout}`);
  return { requests, cpuSeconds };
}

/** As fast as it can (rate 0) with as many workers as connections; its report is counted apart from its load. */
async function vegeta(url: string, connections: number, seconds: number): Promise<Measurement> {
  const [targets, results] = [path.join(folder, "targets"), path.join(folder, "results")];
  writeFileSync(targets, `GET ${url}\n`);
  const { cpuSeconds } = await measureProcess("vegeta", [
    "attack",
    "-rate=0",
    `-workers=${connections}`,
    `-max-workers=${connections}`,
    `-connections=${connections}`,
    `-duration=${seconds}s`,
    `-targets=${targets}`,
    `-output=${results}`,
  ]);
  const report = spawnSync("vegeta", ["report", "-type=json", results], { encoding: "utf8" }).stdout;
  const codes = (JSON.parse(report) as { status_codes: Record<string, number> }).status_codes;
  return { requests: codes["200"] ?? 0, cpuSeconds };
}

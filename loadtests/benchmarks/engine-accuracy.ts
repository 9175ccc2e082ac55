/**
 * Does the embedded engine report what the server went through, and does it send when its timetable says?
 * `npm run bench:accuracy [-- --seconds 10 --write]`
 * 1. A server that stands still for 200 ms of each second keeps a log of its own; rates are not commensurate
 *    with the stall. Requests carry the moment at which they were due, so that the log tells both how long
 *    the server had them and how long after that moment their replies were on their way: what the engine
 *    measures, but for the reply's way back. 2. A server that notes when each request arrives; deviation is
 *    from an even timetable laid through the arrivals by their median offset.
 * Under the stall generator and server are bound to a processor each where `taskset` is. The first two seconds
 * of each load, in which connections are opened and code is compiled, are left out on both sides.
 * Reasons to doubt: the engine's ticker thread shares its processor; the moment due is the engine's own word
 * (the pacing table is about that one); the reply's way back is the kernel's work as much as the engine's.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { isInstalled, measureProcess } from "./measured-process.js";

const STALL_RATES = [613, 1709];
const PACING_RATES = [100, 1000, 5000, 10_000, 20_000];
/** Connections are opened and code is compiled in it. */
const WARM_SECONDS = 2;
const QUANTILES = [0.5, 0.9, 0.99, 0.999, 1];

const here = path.dirname(fileURLToPath(import.meta.url));
const fixtures = path.resolve(here, "../../test/fixtures");
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, write: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);

interface Figures {
  readonly requests: { readonly started: number; readonly completed: number; readonly dropped: number };
  readonly byName: readonly {
    readonly name: string;
    readonly requests: number;
    readonly latencyMs: readonly number[];
  }[];
  readonly slipMs: readonly number[];
  readonly loadCpuSeconds: number;
  readonly seconds: number;
}

const stallRows: string[][] = [];
for (const rate of STALL_RATES) {
  for (const arrivals of ["even", "poisson"]) stallRows.push(...(await underStall(rate, arrivals)));
}
const pacingRows: string[][] = [];
for (const rate of PACING_RATES) pacingRows.push(await pacing(rate));
const text = [
  machineLine(),
  "",
  `Reported against the server's log, ms, ${seconds} s each after ${WARM_SECONDS} s of warm-up, a stall of 200 ms in each second:`,
  "",
  markdownTable(
    ["rate /s", "arrivals", "requests", "log from", "p50", "p90", "p99", "p99.9", "max"],
    stallRows,
  ),
  "",
  `Pacing, ${seconds} s each after ${WARM_SECONDS} s of warm-up:`,
  "",
  markdownTable(
    [
      "rate /s",
      "sent /s",
      "dropped",
      "deviation p50 µs",
      "p99 µs",
      "max ms",
      "busiest 10 ms / its share",
      "slip p50 µs",
      "p99 µs",
      "CPU cores",
    ],
    pacingRows,
  ),
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) writeDocumentSection("bench:accuracy", text);

async function underStall(rate: number, arrivals: string): Promise<string[][]> {
  const server = await startServer("stalling-server.mjs", 0);
  // It tells its warm-up by the names of its requests, since the server must tell it, too.
  const load = { script: "get-when-due.js", url: server.url, rate, arrivals, vus: 800, processor: 1 };
  const { byName } = await run({ ...load, warmupMs: 0, variables: { TELL_DUE: "1" } });
  const measured = byName.find(({ name }) => name === `${server.url}/`);
  const rows: string[][] = [];
  for (const [path, from] of [
    ["/log/due", "due"],
    ["/log", "arrival"],
  ] as const) {
    const log = await server.log(path);
    const cells = QUANTILES.map((quantile, index) => {
      const truth = log[Math.max(0, Math.ceil(quantile * log.length) - 1)] ?? Number.NaN;
      const reported = measured?.latencyMs[index] ?? Number.NaN;
      return `${reported.toFixed(2)} / ${truth.toFixed(2)} (${((reported / truth - 1) * 100).toFixed(2)} %)`;
    });
    const counted =
      measured?.requests === log.length ? String(log.length) : `${measured?.requests} of ${log.length}`;
    rows.push([String(rate), arrivals, counted, from, ...cells]);
  }
  server.child.kill("SIGKILL");
  return rows;
}

async function pacing(rate: number): Promise<string[]> {
  const server = await startServer("arrival-log-server.mjs", null);
  // Enough for a pause of 50 ms: an iteration that is dropped would say nothing of the pacing.
  const load = {
    script: "one-get.js",
    url: server.url,
    rate,
    arrivals: "even",
    vus: Math.max(20, rate / 20),
  };
  const figures = await run({ ...load, processor: null, warmupMs: WARM_SECONDS * 1000, variables: {} });
  const log = await server.log("/log");
  server.child.kill("SIGKILL");
  const gapMs = 1000 / rate;
  // Arrivals may overtake each other between connections; the timetable does not care which is which.
  const offsets = log
    .sort((a, b) => a - b)
    .map((at, index) => at - index * gapMs)
    .slice(rate * WARM_SECONDS);
  const middle = median(offsets);
  const deviations = offsets.map((offset) => Math.abs(offset - middle)).sort((a, b) => a - b);
  const at = (fraction: number) => deviations[Math.ceil(fraction * deviations.length) - 1] ?? Number.NaN;
  const sent = ((log.length - 1) / ((log.at(-1) ?? 0) - (log[0] ?? 0))) * 1000;
  return [
    rate.toLocaleString("en"),
    sent.toFixed(1),
    String(figures.requests.dropped),
    (at(0.5) * 1000).toFixed(0),
    (at(0.99) * 1000).toFixed(0),
    at(1).toFixed(2),
    busiestShare(log.slice(rate * WARM_SECONDS), rate).toFixed(1),
    ((figures.slipMs[0] ?? 0) * 1000).toFixed(0),
    ((figures.slipMs[2] ?? 0) * 1000).toFixed(0),
    (figures.loadCpuSeconds / figures.seconds).toFixed(2),
  ];
}

/** The busiest 10 ms over what an even timetable puts into 10 ms. */
function busiestShare(log: readonly number[], rate: number): number {
  const counts = new Map<number, number>();
  for (const at of log) counts.set(Math.floor(at / 10), (counts.get(Math.floor(at / 10)) ?? 0) + 1);
  return Math.max(...counts.values()) / Math.max(1, rate / 100);
}

interface Load {
  /** A file of test/fixtures. */
  readonly script: string;
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  readonly arrivals: string;
  readonly vus: number;
  /** The only one that the generator may use; null: any. */
  readonly processor: number | null;
  /** Not counted by the engine. */
  readonly warmupMs: number;
  readonly variables: Readonly<Record<string, string>>;
}

async function run(load: Load): Promise<Figures> {
  const env = {
    BASE: load.url,
    RATE: String(load.rate),
    ARRIVALS: load.arrivals,
    VUS: String(Math.ceil(load.vus)),
    DURATION: `${seconds + WARM_SECONDS}s`,
    WARM_SECONDS: String(WARM_SECONDS),
    ...load.variables,
  };
  const runner = path.join(here, "run-embedded-script.js");
  const script = path.join(fixtures, load.script);
  const args = [runner, script, JSON.stringify(env), "{}", "1", String(load.warmupMs)];
  const [command = "", ...rest] = boundTo(load.processor, [process.execPath, ...args]);
  const { stdout } = await measureProcess(command, rest);
  return JSON.parse(stdout) as Figures;
}

/** The command, kept to one processor. @param processor null: to none */
function boundTo(processor: number | null, command: readonly string[]): readonly string[] {
  if (processor === null || !isInstalled("taskset", "--version")) return command;
  return ["taskset", "-c", String(processor), ...command];
}

interface LoggingServer {
  readonly child: ChildProcess;
  readonly url: string;
  log(path: string): Promise<number[]>;
}

async function startServer(fixture: string, processor: number | null): Promise<LoggingServer> {
  const [command = "", ...args] = boundTo(processor, [process.execPath, path.join(fixtures, fixture)]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const url = `http://127.0.0.1:${port}`;
  return { child, url, log: async (at) => (await (await fetch(url + at)).json()) as number[] };
}

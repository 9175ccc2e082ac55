/**
 * Does the embedded engine report what the server went through, and does it send when its timetable says?
 * `npm run bench:accuracy [-- --seconds 10 --write]`
 * 1. A server that stands still for 200 ms of each second keeps a log of its own; rates are not commensurate
 *    with the stall. 2. A server that notes when each request arrives; deviation is from an even timetable
 *    laid through the arrivals by their median offset.
 * Reasons to doubt: generator and server share the machine; the server's log begins when the server reads the
 * request, so the client's figure holds the loopback and both wake-ups besides.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machineLine, markdownTable, median, writeDocumentSection } from "./document-section.js";
import { measureProcess } from "./measured-process.js";

const STALL_RATES = [613, 1709];
const PACING_RATES = [100, 1000, 5000, 10_000, 20_000];
const QUANTILES = [0.5, 0.9, 0.99, 0.999, 1];

const here = path.dirname(fileURLToPath(import.meta.url));
const fixtures = path.resolve(here, "../../test/fixtures");
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, write: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);

interface Figures {
  readonly requests: { readonly started: number; readonly completed: number; readonly dropped: number };
  readonly latencyMs: readonly number[];
  readonly slipMs: readonly number[];
  readonly loadCpuSeconds: number;
  readonly seconds: number;
}

const stallRows: string[][] = [];
for (const rate of STALL_RATES) {
  for (const arrivals of ["even", "poisson"]) stallRows.push(await underStall(rate, arrivals));
}
const pacingRows: string[][] = [];
for (const rate of PACING_RATES) pacingRows.push(await pacing(rate));
const text = [
  machineLine(),
  "",
  `Reported against the server's log, ms, ${seconds} s each, a stall of 200 ms in each second:`,
  "",
  markdownTable(["rate /s", "arrivals", "requests", "p50", "p90", "p99", "p99.9", "max"], stallRows),
  "",
  `Pacing, ${seconds} s each, the first second left out:`,
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

async function underStall(rate: number, arrivals: string): Promise<string[]> {
  const server = await startServer("stalling-server.mjs");
  const figures = await runAt(server.url, rate, arrivals, 800);
  const log = await server.log();
  server.child.kill("SIGKILL");
  const cells = QUANTILES.map((quantile, index) => {
    const truth =
      log[Math.min(log.length - 1, Math.max(0, Math.ceil(quantile * log.length) - 1))] ?? Number.NaN;
    const reported = figures.latencyMs[index] ?? Number.NaN;
    return `${reported.toFixed(2)} / ${truth.toFixed(2)} (${((reported / truth - 1) * 100).toFixed(2)} %)`;
  });
  const counted =
    figures.requests.completed === log.length
      ? String(log.length)
      : `${figures.requests.completed} of ${log.length}`;
  return [String(rate), arrivals, counted, ...cells];
}

async function pacing(rate: number): Promise<string[]> {
  const server = await startServer("arrival-log-server.mjs");
  // Enough for a pause of 50 ms: an iteration that is dropped would say nothing of the pacing.
  const figures = await runAt(server.url, rate, "even", Math.max(20, rate / 20));
  const log = await server.log();
  server.child.kill("SIGKILL");
  const gapMs = 1000 / rate;
  // Arrivals may overtake each other between connections; the timetable does not care which is which.
  const offsets = log
    .sort((a, b) => a - b)
    .map((at, index) => at - index * gapMs)
    .slice(rate);
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
    busiestShare(log.slice(rate), rate).toFixed(1),
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

async function runAt(url: string, rate: number, arrivals: string, vus: number): Promise<Figures> {
  const env = {
    BASE: url,
    RATE: String(rate),
    ARRIVALS: arrivals,
    VUS: String(Math.ceil(vus)),
    DURATION: `${seconds}s`,
  };
  const runner = path.join(here, "run-embedded-script.js");
  const script = path.join(fixtures, "one-get.js");
  const { stdout } = await measureProcess(process.execPath, [runner, script, JSON.stringify(env)]);
  return JSON.parse(stdout) as Figures;
}

interface LoggingServer {
  readonly child: ChildProcess;
  readonly url: string;
  log(): Promise<number[]>;
}

async function startServer(fixture: string): Promise<LoggingServer> {
  const child = spawn(process.execPath, [path.join(fixtures, fixture)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const url = `http://127.0.0.1:${port}`;
  return { child, url, log: async () => (await (await fetch(`${url}/log`)).json()) as number[] };
}

/**
 * Does the agent stay small under a flood of distinct paths, with a collector that is dead and a scrape each
 * second? Two servers are loaded in turn, one with the agent; memory is that of the whole process.
 * LOOPSCOPE_BENCH_SECONDS: load on the server with the agent (default 600, least 40).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import type { Announcement } from "../src/catalog/announcement";
import { REGISTER } from "./block-corpus";
import { type MeasuredServer, quantile, startServer, usageOf } from "./measured-server";

const CONNECTIONS = 30;
const SLICE_SECONDS = 20;
/** The bare server gets a shorter slice: its cost a request is steady, and its memory is not asked for. */
const BARE_SLICE_SECONDS = 5;
const SCRAPE_MS = 1000;

interface Slice {
  readonly cpuPerRequestUs: number;
  readonly requests: number;
  readonly broken: number;
  readonly rssBytes: number;
}

async function main(): Promise<void> {
  const seconds = Number(process.env.LOOPSCOPE_BENCH_SECONDS ?? 600);
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-flood-"));
  const bare = await startServer({ server: "many-routes", execArgv: [], environment: {} });
  const flooded = await startServer({
    server: "many-routes",
    execArgv: ["--require", REGISTER],
    environment: {
      LOOPSCOPE_ANNOUNCE_DIR: folder,
      // Nobody listens on port 9 of loopback: every export fails.
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
    },
  });
  const scraper = new Scraper(announcedUrl(folder));
  const withAgent: Slice[] = [];
  const without: Slice[] = [];
  for (let loaded = 0; loaded < seconds; loaded += SLICE_SECONDS) {
    withAgent.push(await loadSlice(flooded, SLICE_SECONDS));
    without.push(await loadSlice(bare, BARE_SLICE_SECONDS));
    process.stderr.write(`${loaded + SLICE_SECONDS} of ${seconds} s\n`);
  }
  await scraper.stop();
  print(seconds, withAgent, without, scraper, flooded.stderr());
  for (const { child } of [bare, flooded]) child.disconnect();
  rmSync(folder, { recursive: true, force: true });
}

function print(
  seconds: number,
  withAgent: readonly Slice[],
  without: readonly Slice[],
  scraper: Scraper,
  stderr: string,
): void {
  const sum = (slices: readonly Slice[], read: (slice: Slice) => number) =>
    slices.reduce((total, slice) => total + read(slice), 0);
  const ratios = withAgent.map(
    (slice, at) => slice.cpuPerRequestUs / (without[at]?.cpuPerRequestUs ?? Number.NaN),
  );
  const megabytes = withAgent.map(({ rssBytes }) => rssBytes / 2 ** 20);
  const third = Math.ceil(megabytes.length / 3);
  const warnings = stderr.split("\n").filter((line) => /Warning|Error/.test(line));
  const rows: readonly (readonly [string, string])[] = [
    ["requests, every second one to a path of its own", String(sum(withAgent, ({ requests }) => requests))],
    ["connections that broke", String(sum(withAgent, ({ broken }) => broken))],
    ["scrapes, and those that failed", `${scraper.scrapes}, ${scraper.failures}`],
    ["lines of the largest page", String(scraper.largestPageLines)],
    [
      "resident memory, median of each third",
      [0, 1, 2]
        .map((at) => `${quantile(megabytes.slice(at * third, (at + 1) * third), 0.5).toFixed(0)} MB`)
        .join(", "),
    ],
    [
      "largest resident memory",
      `${Math.max(...megabytes).toFixed(0)} MB; bare ${Math.max(...without.map(({ rssBytes }) => rssBytes / 2 ** 20)).toFixed(0)} MB`,
    ],
    [
      "processor time a request, ratio to no agent: p25 / median / p75",
      [0.25, 0.5, 0.75].map((at) => quantile(ratios, at).toFixed(3)).join(" / "),
    ],
    [
      "lines of warning",
      `${warnings.length}: ${warnings.map((line) => /\[(\w+)\]/.exec(line)?.[1] ?? line).join(", ")}`,
    ],
  ];
  console.log(
    `\n### ${process.version}, ${cpus().length} processors, ${seconds} s of flood over ${CONNECTIONS} connections\n`,
  );
  console.log("| | |\n|---|---|");
  for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);
}

async function loadSlice(server: MeasuredServer, seconds: number): Promise<Slice> {
  const before = await usageOf(server.child);
  const { completed, broken } = await flood(server.port, seconds * 1000);
  const after = await usageOf(server.child);
  return {
    cpuPerRequestUs: ((after.cpuMs - before.cpuMs) * 1000) / completed,
    requests: completed,
    broken,
    rssBytes: after.rssBytes,
  };
}

let nextPath = 0;

/** Closed loop; every answer ends with the same five bytes, and never comes in the same piece as another. */
function flood(port: number, durationMs: number): Promise<{ completed: number; broken: number }> {
  let completed = 0;
  let broken = 0;
  let running = true;
  const sockets: Socket[] = [];
  const request = () => {
    const n = nextPath++;
    const target = n % 2 === 0 ? `/r${(n / 2) % 300}/${n}` : `/nowhere/${n}/${n % 7}`;
    return `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
  };
  return new Promise((resolve) => {
    for (let index = 0; index < CONNECTIONS; index++) {
      const socket = connect(port, "127.0.0.1", () => socket.write(request()));
      sockets.push(socket);
      socket.on("data", (chunk) => {
        const end = chunk.subarray(-5).toString();
        if (end !== "found" && end !== "none.") return;
        completed++;
        if (running) socket.write(request());
      });
      socket.on("error", () => broken++);
      socket.on("end", () => broken++);
    }
    setTimeout(() => {
      running = false;
      for (const socket of sockets) socket.destroy();
      resolve({ completed, broken });
    }, durationMs);
  });
}

class Scraper {
  scrapes = 0;
  failures = 0;
  largestPageLines = 0;
  readonly #timer: NodeJS.Timeout;
  #latest: Promise<void> = Promise.resolve();

  constructor(agentUrl: string) {
    this.#timer = setInterval(() => {
      this.#latest = this.#scrape(agentUrl);
    }, SCRAPE_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#latest;
  }

  async #scrape(agentUrl: string): Promise<void> {
    this.scrapes++;
    try {
      const response = await fetch(`${agentUrl}/metrics`);
      const text = await response.text();
      if (!response.ok) this.failures++;
      this.largestPageLines = Math.max(this.largestPageLines, text.split("\n").length);
    } catch {
      this.failures++;
    }
  }
}

function announcedUrl(folder: string): string {
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const { agentUrl } = JSON.parse(readFileSync(path.join(folder, file ?? ""), "utf8")) as Announcement;
  if (agentUrl === null) throw new Error("the agent has no endpoint");
  return agentUrl;
}

void main();

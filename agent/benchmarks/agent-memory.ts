/**
 * How much resident memory does the agent take, and how much of that is a bare worker thread's? An idle HTTP
 * server, soon after its start, a while later, and after requests; Linux only. LOOPSCOPE_BENCH_NODES: node
 * binaries, separated by commas; LOOPSCOPE_BENCH_STARTS (default 5) of each variant, side by side.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { REGISTER } from "./block-corpus";
import { type MeasuredServer, quantile, startServer } from "./measured-server";

const SOON_SECONDS = 4;
/** The agent rests from half a minute of quiet on; V8 tidies up after the start before that. */
const LATER_SECONDS = 50;
const REQUESTS = 20_000;
const CONNECTIONS = 10;

const VARIANTS = [
  { name: "no agent", execArgv: [] },
  {
    name: "an empty worker thread beside it",
    execArgv: ["--require", path.join(__dirname, "empty-thread.js")],
  },
  { name: "agent", execArgv: ["--require", REGISTER] },
] as const;

const MOMENTS = [`${SOON_SECONDS} s`, `${LATER_SECONDS} s`, `after ${REQUESTS} requests`] as const;

/** MB. */
interface Memory {
  readonly resident: number;
  /** The process's own; the rest are pages of files, which all processes that use them share. */
  readonly anonymous: number;
}

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const starts = Number(process.env.LOOPSCOPE_BENCH_STARTS ?? 5);
  console.log(`Median of ${starts} starts; in brackets the anonymous part.\n`);
  console.log(`| | ${MOMENTS.join(" | ")} |\n|---|${"---|".repeat(MOMENTS.length)}`);
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const bare: Memory[] = [];
    for (const { name, execArgv } of VARIANTS) {
      const runs = await Promise.all(Array.from({ length: starts }, () => measure(node, execArgv)));
      const medians = MOMENTS.map((_, moment) => medianOf(runs.map((run) => run[moment] as Memory)));
      if (bare.length === 0) bare.push(...medians);
      console.log(
        `| ${version}, ${name} | ${medians.map((memory, at) => cell(memory, bare[at])).join(" | ")} |`,
      );
    }
  }
}

/** @returns what it took at each of `MOMENTS`. */
async function measure(node: string, execArgv: readonly string[]): Promise<readonly Memory[]> {
  const server = await startServer({ node, server: "hello", execArgv, environment: {} });
  try {
    await pause(SOON_SECONDS * 1000);
    const soon = memoryOf(server);
    await pause((LATER_SECONDS - SOON_SECONDS) * 1000);
    const later = memoryOf(server);
    await request(server.port);
    await pause(1000);
    return [soon, later, memoryOf(server)];
  } finally {
    server.child.disconnect();
  }
}

function memoryOf({ child }: MeasuredServer): Memory {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8");
  const megabytes = (key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1]) / 1024;
  return { resident: megabytes("Rss"), anonymous: megabytes("Anonymous") };
}

async function request(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const one = () =>
    new Promise<void>((resolve, reject) => {
      get({ port, host: "127.0.0.1", path: "/", agent }, (response) => {
        response.resume().once("end", resolve);
      }).once("error", reject);
    });
  const connection = async () => {
    for (let sent = 0; sent < REQUESTS / CONNECTIONS; sent++) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
}

function medianOf(memories: readonly Memory[]): Memory {
  return {
    resident: quantile(
      memories.map(({ resident }) => resident),
      0.5,
    ),
    anonymous: quantile(
      memories.map(({ anonymous }) => anonymous),
      0.5,
    ),
  };
}

function cell({ resident, anonymous }: Memory, bare: Memory | undefined): string {
  const more = bare === undefined ? 0 : resident - bare.resident;
  return `${resident.toFixed(0)} (${anonymous.toFixed(0)}) MB${more > 0 ? `, +${more.toFixed(1)}` : ""}`;
}

void main();

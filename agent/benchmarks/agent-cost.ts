/**
 * What do the agent and its peers cost their host: processor time a request, idle processor time, memory,
 * start-up? Each round runs every variant once, in turn, and compares it with the bare server of the same
 * round; a second bare server is the control that shows the machine's noise. LOOPSCOPE_BENCH_NODES: node
 * binaries, separated by commas; LOOPSCOPE_BENCH_ROUNDS (default 8); LOOPSCOPE_BENCH_SECONDS a measurement
 * (default 2); LOOPSCOPE_BENCH_PEERS=off leaves the peers out.
 */
import { execFileSync, spawnSync } from "node:child_process";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { CONNECTIONS, load } from "./closed-loop";
import {
  AGENT,
  AGENT_VARIANTS,
  BARE,
  CONTROL,
  PEER_PACKAGES,
  peerVariants,
  type Variant,
} from "./cost-variants";
import { installPeers } from "./installed-peers";
import { quantile, startServer, usageOf } from "./measured-server";

const IDLE_SECONDS = 15;
/** The agent takes a process for idle after half a minute; before, V8 still tidies up after the start, too. */
const IDLE_AFTER_SECONDS = 45;
const STARTUPS = 15;

interface Measured {
  readonly cpuPerRequestUs: number;
  readonly requestsPerSecond: number;
  readonly rssBytes: number;
}

interface Idle {
  readonly cpuMsPerSecond: number;
  readonly rssBytes: number;
}

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const rounds = Number(process.env.LOOPSCOPE_BENCH_ROUNDS ?? 8);
  const seconds = Number(process.env.LOOPSCOPE_BENCH_SECONDS ?? 2);
  const withPeers = process.env.LOOPSCOPE_BENCH_PEERS !== "off";
  if (withPeers) installPeers(PEER_PACKAGES);
  const sink = await startSink();
  const peers = withPeers ? peerVariants(`http://127.0.0.1:${(sink.address() as AddressInfo).port}`) : [];
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    for (const server of ["hello", "json-api"]) {
      const variants = [BARE, CONTROL, AGENT, ...AGENT_VARIANTS, ...peers];
      const results = await measureServer(node, server, variants, rounds, seconds);
      printLoaded(`${version}, ${server}`, rounds, seconds, results);
    }
    printIdle(version, await measureIdle(node, [CONTROL, AGENT, ...peers]));
    printStartup(version, measureStartup(node, [CONTROL, AGENT, ...peers]));
  }
  sink.close();
  sink.closeAllConnections();
}

/** Takes what peers export, and says nothing. */
function startSink(): Promise<http.Server> {
  const sink = http.createServer((request, response) => {
    request.resume().once("end", () => response.setHeader("content-type", "application/json").end("{}"));
  });
  return new Promise((resolve) => sink.listen(0, "127.0.0.1", () => resolve(sink)));
}

async function measureServer(
  node: string,
  server: string,
  variants: readonly Variant[],
  rounds: number,
  seconds: number,
): Promise<ReadonlyMap<string, Measured[]>> {
  const results = new Map<string, Measured[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order turns with the round, so that no variant always follows the same other.
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(turn + round) % variants.length] as Variant;
      results.get(variant.name)?.push(await measureLoaded(node, server, variant, seconds));
    }
  }
  return results;
}

async function measureLoaded(
  node: string,
  server: string,
  variant: Variant,
  seconds: number,
): Promise<Measured> {
  const { child, port } = await startServer({ node, server, ...variant });
  await load(port, 1000);
  const before = await usageOf(child);
  const requests = await load(port, seconds * 1000);
  const after = await usageOf(child);
  child.disconnect();
  return {
    cpuPerRequestUs: ((after.cpuMs - before.cpuMs) * 1000) / requests,
    requestsPerSecond: requests / seconds,
    rssBytes: after.rssBytes,
  };
}

/** All at once: idle processes are in nobody's way. */
async function measureIdle(node: string, variants: readonly Variant[]): Promise<ReadonlyMap<string, Idle>> {
  const measured = variants.map(async (variant): Promise<[string, Idle]> => {
    const { child } = await startServer({ node, server: "hello", ...variant });
    await pause(IDLE_AFTER_SECONDS * 1000);
    const before = await usageOf(child);
    await pause(IDLE_SECONDS * 1000);
    const after = await usageOf(child);
    child.disconnect();
    const cpuMsPerSecond = (after.cpuMs - before.cpuMs) / IDLE_SECONDS;
    return [variant.name, { cpuMsPerSecond, rssBytes: after.rssBytes }];
  });
  return new Map(await Promise.all(measured));
}

function measureStartup(node: string, variants: readonly Variant[]): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < STARTUPS; round++) {
    for (const { name, execArgv, environment } of variants) {
      const start = performance.now();
      spawnSync(node, [...execArgv, "-e", "process.exit()"], {
        env: { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PORT: "off", ...environment },
      });
      times.get(name)?.push(performance.now() - start);
    }
  }
  return new Map([...times].map(([name, values]) => [name, quantile(values, 0.5)]));
}

function printLoaded(
  title: string,
  rounds: number,
  seconds: number,
  results: ReadonlyMap<string, readonly Measured[]>,
): void {
  console.log(
    `\n### ${title}, ${cpus().length} processors, ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections\n`,
  );
  console.log(
    "| variant | processor time a request | ratio to no agent: p25 / median / p75 | requests a second | memory |",
  );
  console.log("|---|---|---|---|---|");
  const bare = results.get(BARE.name) ?? [];
  for (const [name, values] of results) {
    const ratios = values.map(
      (value, round) => value.cpuPerRequestUs / (bare[round]?.cpuPerRequestUs ?? Number.NaN),
    );
    const median = (pick: (value: Measured) => number) => quantile(values.map(pick), 0.5);
    console.log(
      `| ${name} | ${median((v) => v.cpuPerRequestUs).toFixed(1)} µs | ` +
        `${[0.25, 0.5, 0.75].map((at) => quantile(ratios, at).toFixed(3)).join(" / ")} | ` +
        `${Math.round(median((v) => v.requestsPerSecond))} | ${megabytes(median((v) => v.rssBytes))} |`,
    );
  }
}

function printIdle(version: string, results: ReadonlyMap<string, Idle>): void {
  const title = `${version}, idle for ${IDLE_SECONDS} s, after ${IDLE_AFTER_SECONDS} s`;
  console.log(`\n### ${title}\n\n| variant | processor time | memory |\n|---|---|---|`);
  for (const [name, { cpuMsPerSecond, rssBytes }] of results) {
    console.log(`| ${name} | ${cpuMsPerSecond.toFixed(2)} ms a second | ${megabytes(rssBytes)} |`);
  }
}

function printStartup(version: string, results: ReadonlyMap<string, number>): void {
  console.log(
    `\n### ${version}, start-up, median of ${STARTUPS}\n\n| variant | node -e "process.exit()" |\n|---|---|`,
  );
  for (const [name, ms] of results) console.log(`| ${name} | ${ms.toFixed(1)} ms |`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

void main();

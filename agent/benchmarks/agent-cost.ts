/**
 * What does the agent cost its host: processor time a request, idle processor time, memory, start-up? Each
 * round runs every variant once, in turn, and compares it with the bare server of the same round; a second
 * bare server is the control that shows the machine's noise. LOOPSCOPE_BENCH_NODES: node binaries, separated
 * by commas; LOOPSCOPE_BENCH_ROUNDS (default 8); LOOPSCOPE_BENCH_SECONDS a measurement (default 2).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { REGISTER } from "./block-corpus";
import { CONNECTIONS, load } from "./closed-loop";
import { pause, quantile, type ServerStart, startServer, usageOf } from "./measured-server";

const IDLE_SECONDS = 15;
/** The agent takes a process for idle after half a minute; before, V8 still tidies up after the start, too. */
const IDLE_AFTER_SECONDS = 45;
const STARTUPS = 15;

interface Variant {
  readonly name: string;
  readonly preload: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

const VARIANTS: readonly Variant[] = [
  { name: "no agent", preload: false },
  { name: "no agent (control)", preload: false },
  { name: "agent", preload: true },
  { name: "agent, natives not wrapped", preload: true, environment: { LOOPSCOPE_WRAP_NATIVES: "off" } },
  { name: "agent, context always", preload: true, environment: { LOOPSCOPE_REQUEST_CONTEXT: "always" } },
];

interface Measured {
  readonly cpuPerRequestUs: number;
  readonly requestsPerSecond: number;
  readonly rssBytes: number;
}

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const rounds = Number(process.env.LOOPSCOPE_BENCH_ROUNDS ?? 8);
  const seconds = Number(process.env.LOOPSCOPE_BENCH_SECONDS ?? 2);
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    for (const server of ["hello", "json-api"]) {
      const results = await measureServer(node, server, rounds, seconds);
      printLoaded(`${version}, ${server}`, rounds, seconds, results);
    }
    printIdle(version, await measureIdle(node));
    printStartup(version, measureStartup(node));
  }
}

async function measureServer(
  node: string,
  server: string,
  rounds: number,
  seconds: number,
): Promise<ReadonlyMap<string, Measured[]>> {
  const results = new Map<string, Measured[]>(VARIANTS.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order turns with the round, so that no variant always follows the same other.
    for (let turn = 0; turn < VARIANTS.length; turn++) {
      const variant = VARIANTS[(turn + round) % VARIANTS.length] as Variant;
      results.get(variant.name)?.push(await measureLoaded(node, server, variant, seconds));
    }
  }
  return results;
}

function serverStart(node: string, server: string, variant: Variant): ServerStart {
  const execArgv = variant.preload ? ["--require", REGISTER] : [];
  return { node, server, execArgv, environment: variant.environment ?? {} };
}

async function measureLoaded(
  node: string,
  server: string,
  variant: Variant,
  seconds: number,
): Promise<Measured> {
  const { child, port } = await startServer(serverStart(node, server, variant));
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

async function measureIdle(
  node: string,
): Promise<ReadonlyMap<string, { cpuMsPerSecond: number; rssMb: number }>> {
  const results = new Map<string, { cpuMsPerSecond: number; rssMb: number }>();
  for (const variant of VARIANTS.slice(1, 3)) {
    const { child } = await startServer(serverStart(node, "hello", variant));
    await pause(IDLE_AFTER_SECONDS * 1000);
    const before = await usageOf(child);
    await pause(IDLE_SECONDS * 1000);
    const after = await usageOf(child);
    child.disconnect();
    results.set(variant.name, {
      cpuMsPerSecond: (after.cpuMs - before.cpuMs) / IDLE_SECONDS,
      rssMb: after.rssBytes / 2 ** 20,
    });
  }
  return results;
}

function measureStartup(node: string): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>(VARIANTS.slice(1, 3).map(({ name }) => [name, []]));
  for (let round = 0; round < STARTUPS; round++) {
    for (const variant of VARIANTS.slice(1, 3)) {
      const start = performance.now();
      spawnSync(node, [...(variant.preload ? ["--require", REGISTER] : []), "-e", "0"], {
        env: { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PORT: "off" },
      });
      times.get(variant.name)?.push(performance.now() - start);
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
  const bare = results.get("no agent") ?? [];
  for (const [name, values] of results) {
    const ratios = values.map(
      (value, round) => value.cpuPerRequestUs / (bare[round]?.cpuPerRequestUs ?? Number.NaN),
    );
    const median = (pick: (value: Measured) => number) => quantile(values.map(pick), 0.5);
    console.log(
      `| ${name} | ${median((v) => v.cpuPerRequestUs).toFixed(1)} µs | ` +
        `${[0.25, 0.5, 0.75].map((at) => quantile(ratios, at).toFixed(3)).join(" / ")} | ` +
        `${Math.round(median((v) => v.requestsPerSecond))} | ${(median((v) => v.rssBytes) / 2 ** 20).toFixed(0)} MB |`,
    );
  }
}

function printIdle(version: string, results: Awaited<ReturnType<typeof measureIdle>>): void {
  console.log(
    `\n### ${version}, idle for ${IDLE_SECONDS} s, after ${IDLE_AFTER_SECONDS} s\n\n| variant | processor time | memory |\n|---|---|---|`,
  );
  for (const [name, { cpuMsPerSecond, rssMb }] of results) {
    console.log(`| ${name} | ${cpuMsPerSecond.toFixed(2)} ms a second | ${rssMb.toFixed(0)} MB |`);
  }
}

function printStartup(version: string, results: ReadonlyMap<string, number>): void {
  console.log(`\n### ${version}, start-up, median of ${STARTUPS}\n\n| variant | node -e 0 |\n|---|---|`);
  for (const [name, ms] of results) console.log(`| ${name} | ${ms.toFixed(1)} ms |`);
}

void main();

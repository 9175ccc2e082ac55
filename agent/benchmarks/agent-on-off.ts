/**
 * What does the agent cost a request, on a machine where two bare servers differ by more than that? A server
 * under load has its agent started and stopped in turn: same process, same compiled code, same memory. Each
 * slice with the agent is held against the mean of the two around it, which have none; those two held against
 * each other are the control. The agent's own thread is counted. LOOPSCOPE_BENCH_NODES: node binaries,
 * separated by commas; LOOPSCOPE_BENCH_ROUNDS: slices with the agent (default 30).
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { load } from "./closed-loop";
import { pause, quantile, startServer, usageOf } from "./measured-server";

const PRELOAD = path.join(__dirname, "toggle-preload.js");
const SLICE_MS = 700;
/** The agent's thread has loaded by then, or has ended. */
const SETTLE_MS = 500;
/** Slices with the agent that are not counted: V8 compiles, and sees both kinds of slices. */
const WARM_UP_ROUNDS = 3;

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const rounds = Number(process.env.LOOPSCOPE_BENCH_ROUNDS ?? 30);
  console.log("| Node | server | without | with, ratio: median (95 % interval) | control |");
  console.log("|---|---|---|---|---|");
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    for (const server of ["hello", "json-api"]) {
      const costs = await costsInTurn(node, server, rounds + WARM_UP_ROUNDS);
      printCosts(`${version} | ${server}`, costs.slice(2 * WARM_UP_ROUNDS));
    }
  }
}

/** @returns microseconds of processor time a request in each slice: without, with, without, and so on. */
async function costsInTurn(node: string, server: string, rounds: number): Promise<readonly number[]> {
  const { child, port } = await startServer({
    node,
    server,
    execArgv: ["--require", PRELOAD],
    environment: {},
  });
  const costs: number[] = [];
  for (let slice = 0; slice <= 2 * rounds; slice++) {
    if (slice > 0) child.kill("SIGUSR2");
    await pause(SETTLE_MS);
    const before = await usageOf(child);
    const requests = await load(port, SLICE_MS);
    const after = await usageOf(child);
    costs.push(((after.cpuMs - before.cpuMs) * 1000) / requests);
  }
  child.disconnect();
  return costs;
}

function printCosts(title: string, costs: readonly number[]): void {
  const ratios: number[] = [];
  const control: number[] = [];
  for (let at = 1; at + 1 < costs.length; at += 2) {
    const [before, during, after] = costs.slice(at - 1, at + 2) as [number, number, number];
    ratios.push(during / ((before + after) / 2));
    control.push(after / before);
  }
  const bare = costs.filter((_, slice) => slice % 2 === 0);
  console.log(
    `| ${title} | ${quantile(bare, 0.5).toFixed(1)} µs | ${withInterval(ratios)} | ${withInterval(control)} |`,
  );
}

/** By order statistics: the ranks n/2 ± 0.98 √n hold the median in 95 of 100 cases (binomial, p = 1/2). */
function withInterval(ratios: readonly number[]): string {
  const reach = 0.98 / Math.sqrt(ratios.length);
  const [low, middle, high] = [0.5 - reach, 0.5, 0.5 + reach].map((at) => quantile(ratios, at).toFixed(3));
  return `${middle} (${low} to ${high})`;
}

void main();

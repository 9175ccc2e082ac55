/**
 * What of the processor time of a request is the agent's? V8's sampling profiler looks at a server under load:
 * each sample under a function of the agent, or under what Node does for it, is the agent's. The share is of one
 * run, so a machine that is slow or shared changes it little. Three servers: one that answers the smallest
 * requests through sockets of memory, so that only JavaScript and Node's own code run; the same over TCP, and
 * a small JSON service. Of the thread that serves; the agent's own thread takes some 0.3 % of a processor.
 * LOOPSCOPE_BENCH_NODES: node binaries, separated by commas; LOOPSCOPE_BENCH_ROUNDS (default 5).
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { AGENT_FOLDER, REGISTER } from "./block-corpus";
import { load } from "./closed-loop";
import { quantile, startServer } from "./measured-server";

const SERVERS = ["in-memory", "hello", "json-api"] as const;
type Server = (typeof SERVERS)[number];

/** Of the server in memory, which sends them to itself. */
const REQUESTS = 400_000;
/** Of the others. */
const LOAD_MS = 5000;
/** Node compiles and optimises for so long; what it then does is the steady state. */
const WARM_UP_SHARE = 0.3;
const SAMPLE_EVERY_US = 200;

/**
 * V8 counts the time of a built-in function as its caller's, so what wraps `JSON.parse` and its kin cannot be told
 * from them, and is left out: with and without wrapping a call took the same to 1 %.
 */
const WRAPPERS = /\/native-call-(wrapping|probe)\.js$/;

const PARTS = ["request path", "collections observed", "watching, frames"] as const;
type Part = (typeof PARTS)[number];

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

/** The parts of V8's profile that are read: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

type Shares = Readonly<Record<Part, number>>;

async function main(): Promise<void> {
  const nodes = (process.env.LOOPSCOPE_BENCH_NODES ?? process.execPath).split(",");
  const rounds = Number(process.env.LOOPSCOPE_BENCH_ROUNDS ?? 5);
  console.log(`| Node | server | ${PARTS.join(" | ")} | the whole agent: median, least, most |`);
  console.log("|---|---|---|---|---|---|");
  for (const node of nodes) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    for (const server of SERVERS) {
      const all: Shares[] = [];
      for (let round = 0; round < rounds; round++) all.push(sharesOf(await profileOf(node, server)));
      printShares(`${version} | ${server}`, all);
    }
  }
}

function printShares(title: string, all: readonly Shares[]): void {
  const middle = (values: readonly number[]) => percent(quantile(values, 0.5));
  const sums = all.map((shares) => PARTS.reduce((sum, part) => sum + shares[part], 0));
  const parts = PARTS.map((part) => middle(all.map((shares) => shares[part])));
  const whole = [middle(sums), percent(Math.min(...sums)), percent(Math.max(...sums))].join(", ");
  console.log(`| ${title} | ${parts.join(" | ")} | ${whole} |`);
}

async function profileOf(node: string, server: Server): Promise<CpuProfile> {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-bench-"));
  const profiler = ["--cpu-prof", `--cpu-prof-interval=${SAMPLE_EVERY_US}`, `--cpu-prof-dir=${folder}`];
  const execArgv = [...profiler, "--cpu-prof-name=main.cpuprofile", "--require", REGISTER];
  // The server in memory has all requests at once, which is no block to follow up.
  const environment = { LOOPSCOPE_BLOCK_THRESHOLD_MS: "5000", REQUESTS: String(REQUESTS) };
  try {
    if (server === "in-memory") {
      execFileSync(node, [...execArgv, path.join(AGENT_FOLDER, "test/fixtures/servers/in-memory.cjs")], {
        env: { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PORT: "0", ...environment },
        stdio: "ignore",
        timeout: 120_000,
      });
    } else {
      const { child, port } = await startServer({ node, server, execArgv, environment });
      await load(port, LOAD_MS);
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    }
    return JSON.parse(readFileSync(path.join(folder, "main.cpuprofile"), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Shares {
  const parts = new Map<number, Part | null>();
  const idle = new Set<number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (id: number, inherited: Part | null): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const part = inherited ?? partOf(node.callFrame);
    parts.set(id, part);
    if (node.callFrame.functionName === "(idle)") idle.add(id);
    for (const child of node.children ?? []) visit(child, part);
  };
  visit(nodes[0]?.id ?? 0, null);
  const shares: Record<Part, number> = {
    "request path": 0,
    "collections observed": 0,
    "watching, frames": 0,
  };
  let total = 0;
  for (let index = Math.floor(samples.length * WARM_UP_SHARE); index < samples.length; index++) {
    const id = samples[index] as number;
    if (idle.has(id)) continue;
    const spentUs = timeDeltas[index] as number;
    total += spentUs;
    const part = parts.get(id);
    if (part != null) shares[part] += spentUs;
  }
  for (const part of PARTS) shares[part] /= total;
  return shares;
}

function partOf({ functionName, url }: CallFrame): Part | null {
  if (WRAPPERS.test(url)) return null;
  // Nobody else listens to Node's channels here, nor to its performance entries.
  if (functionName === "publish" || /\/src\/request\//.test(url)) return "request path";
  if (functionName === "observerCallback" || /garbage-collections?(-probe)?\.js$/.test(url)) {
    return "collections observed";
  }
  return url.includes(path.dirname(REGISTER)) ? "watching, frames" : null;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

void main();

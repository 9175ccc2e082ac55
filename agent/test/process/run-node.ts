/** Runs node on a fixture program and gathers what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { Block } from "../../src/catalog/block";

export const REGISTER = path.resolve(__dirname, "../../src/register.js");
export const PROGRAMS = path.resolve(__dirname, "../../../test/fixtures/programs");

export interface NodeRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Blocks of the program's own, without those of its start-up. */
  readonly blocks: readonly Block[];
}

export interface RunningNode {
  readonly child: ChildProcess;
  /** Resolves with the first match of standard output or standard error; rejects when the process ends first. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<NodeRun>;
}

/** @param environment in addition to that of the tests; the agent's endpoint is off unless it says otherwise. */
export function startNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningNode {
  const child = spawn(process.execPath, args, {
    cwd: PROGRAMS,
    env: {
      ...withoutTestRunner(process.env),
      LOOPSCOPE_PORT: "off",
      LOOPSCOPE_LOG: "json",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      output[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  const killer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const ended = new Promise<NodeRun>((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(killer);
      resolve({ code, signal, ...output, blocks: blocksOf(output.stderr) });
    });
  });
  const until = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
        if (match === null) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      void ended.then((run) => reject(new Error(`ended before ${pattern}: ${run.stdout}${run.stderr}`)));
      look();
    });
  return { child, until, ended };
}

export function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<NodeRun> {
  return startNode(args, environment).ended;
}

function blocksOf(stderr: string): Block[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith('{"event":"block"'))
    .map((line) => JSON.parse(line) as Block)
    .filter((block) => block.cause !== "module-load");
}

/** A test runner's variables would make a child believe that it is a test file itself. */
function withoutTestRunner(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...rest } = environment;
  return rest;
}

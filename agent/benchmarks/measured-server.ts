/** A server of the benchmarks in a process of its own, which tells what it has used. */

import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { AGENT_FOLDER } from "./block-corpus";

export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

export interface MeasuredServer {
  readonly child: ChildProcess;
  readonly port: number;
  /** Everything written to standard error so far. */
  stderr(): string;
}

export interface ServerStart {
  /** A file of test/fixtures/servers, without its ending. */
  readonly server: string;
  /** The node binary; left out: this one. */
  readonly node?: string;
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export function startServer({ server, node, execArgv, environment }: ServerStart): Promise<MeasuredServer> {
  const child = fork(path.join(AGENT_FOLDER, `test/fixtures/servers/${server}.cjs`), {
    ...(node === undefined ? {} : { execPath: node }),
    execArgv: [...execArgv],
    env: { ...process.env, NODE_OPTIONS: "", LOOPSCOPE_PORT: "0", ...environment },
    silent: true,
  });
  let stderr = "";
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("message", (message) =>
      resolve({ child, port: (message as { port: number }).port, stderr: () => stderr }),
    );
    child.once("error", reject);
  });
}

/** Since the server started. */
export function usageOf(child: ChildProcess): Promise<Usage> {
  return new Promise((resolve) => {
    child.once("message", (message) => {
      const { cpu, rss } = message as { cpu: NodeJS.CpuUsage; rss: number };
      resolve({ cpuMs: (cpu.user + cpu.system) / 1000, rssBytes: rss });
    });
    child.send("usage");
  });
}

/** @param at 0 to 1 */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

/** Runs a program and says what it cost: for benchmarks on Linux, which read /proc. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export interface ProcessCost {
  readonly stdout: string;
  readonly cpuSeconds: number;
  readonly maxRssMiB: number;
}

/** Ticks of /proc/<pid>/stat a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** @throws when it cannot be started or ends with an exit code other than those allowed */
export async function measureProcess(command: string, args: readonly string[]): Promise<ProcessCost> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  let cpuSeconds = 0;
  let maxRssMiB = 0;
  const look = () => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
      // Fields 14 and 15, counted behind the name in parentheses, which may hold spaces.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      maxRssMiB = Math.max(maxRssMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, 20);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr.slice(-2000)}`);
  return { stdout, cpuSeconds, maxRssMiB };
}

/** Whether a program can be started. @param args a call of it that ends at once */
export function isInstalled(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).error === undefined;
}

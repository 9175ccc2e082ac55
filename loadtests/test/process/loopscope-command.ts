/** Runs the real `loopscope` command as a user would, in a folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RunDocument } from "../../src/report/run-document.js";

const COMMAND = fileURLToPath(new URL("../../../bin/loopscope.js", import.meta.url));
/** Long enough for a busy machine; a test that waits for it has failed. */
const TIMEOUT_MS = 90_000;

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../test/fixtures/run/${name}`, import.meta.url));
}

export const SERVER = fixture("a folder with spaces/a server.cjs");

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The folder in which it ran. */
  readonly folder: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with all of standard error so far, at each piece of it. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** A folder that is removed when the test ends. */
export function workFolder(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope test "));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function loopscope(
  folder: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", GITHUB_ACTIONS: "", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, child);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  return { code, stdout, stderr, folder };
}

/** The one run recorded below the folder. */
export function recordedRun(folder: string): {
  path: string;
  document: RunDocument;
  files: readonly string[];
} {
  const runs = path.join(folder, "runs");
  const [only, ...others] = readdirSync(runs);
  if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} runs in ${runs}`);
  const run = path.join(runs, only);
  const document = JSON.parse(readFileSync(path.join(run, "run.json"), "utf8")) as RunDocument;
  return { path: run, document, files: readdirSync(run).sort() };
}

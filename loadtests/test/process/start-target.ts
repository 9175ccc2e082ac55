import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A target service running in a process of its own. */
export interface RunningTarget {
  readonly url: string;
  readonly pid: number;
  /** Everything it has written so far. */
  output(): string;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

interface TargetStart {
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of node itself, such as a preload. */
  readonly execArgv?: readonly string[];
  /** Whom to run it as; only root may choose. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** Starts `loadtests/targets/<name>/server.ts` and resolves when it says where it listens. */
export async function startTarget(name: string, start: TargetStart = {}): Promise<RunningTarget> {
  const target = spawnTarget(name, start);
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const listening = /listening on (http:\S+)/.exec(output);
      if (listening?.[1] !== undefined) resolve(listening[1]);
    };
    target.stdout.on("data", read);
    target.stderr.on("data", read);
    target.once("close", (code) =>
      reject(new Error(`${name} ended with ${code} before it listened: ${output}`)),
    );
  });
  assert.ok(target.pid !== undefined);
  return {
    url,
    pid: target.pid,
    output: () => output,
    stop: async (signal = "SIGTERM") => {
      if (target.exitCode === null && target.signalCode === null) {
        const closed = once(target, "close");
        target.kill(signal);
        await closed;
      }
      return { code: target.exitCode, signal: target.signalCode };
    },
  };
}

/** Starts a target that is expected to refuse, and resolves with its exit code and its words. */
export async function failingStart(
  name: string,
  start: TargetStart = {},
): Promise<{ code: number | null; output: string }> {
  const target = spawnTarget(name, start);
  let output = "";
  for (const stream of [target.stdout, target.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await once(target, "close");
  return { code: target.exitCode, output };
}

function spawnTarget(name: string, start: TargetStart): ChildProcessByStdio<null, Readable, Readable> {
  const server = fileURLToPath(new URL(`../../targets/${name}/server.js`, import.meta.url));
  // Of its own, so that what a killed service leaves behind goes with it; another account has its own rights.
  const temporaryFolder = mkdtempSync(join(tmpdir(), "target-"));
  if (start.account !== undefined) chmodSync(temporaryFolder, 0o777);
  const target = spawn(process.execPath, [...(start.execArgv ?? []), server], {
    env: { ...process.env, PORT: "0", TMPDIR: temporaryFolder, ...start.environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...start.account,
  });
  // A service's own children may still be writing: what cannot be removed now is left to the system.
  target.once("close", () => {
    rm(temporaryFolder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  });
  return target;
}

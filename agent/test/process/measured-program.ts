/** Starts a program with the agent preloaded and finds both its own port and the agent's endpoint. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Announcement, Frame } from "../../src/catalog/catalog";

const FIXTURES = path.resolve(__dirname, "../../../test/fixtures");
const REGISTER = path.resolve(__dirname, "../../src/register.js");
/** A loaded machine may take long to start a process; a test that waits longer than this has failed. */
const START_LIMIT_MS = 30_000;

export interface MeasuredProgram {
  /** Where the program itself listens. */
  readonly url: string;
  /** Where the agent's endpoint listens. */
  readonly agentUrl: string;
  readonly pid: number;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** The value of one exposed sample, written as in the text: `name{label="value"}`; undefined when absent. */
  metric(sample: string): Promise<number | undefined>;
  metricsText(headers?: Record<string, string>): Promise<string>;
  snapshot(): Promise<Frame>;
  /** Resolves with the first frame whose condition holds. */
  frameWhere(condition: (frame: Frame) => boolean): Promise<Frame>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** @param fixture path below `test/fixtures`; the program prints `listening on <port>`. */
export async function startProgram(
  t: TestContext,
  fixture: string,
  options: ProgramOptions = {},
): Promise<MeasuredProgram> {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-test-"));
  const child = spawn(
    process.execPath,
    [...(options.nodeOptions ?? []), "--require", REGISTER, path.join(FIXTURES, fixture)],
    {
      env: { ...process.env, LOOPSCOPE_PORT: "0", LOOPSCOPE_ANNOUNCE_DIR: folder, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    output.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.err += chunk;
  });
  const port = await soon(child, output, () => /listening on (\d+)/.exec(output.out)?.[1]);
  const agentUrl = await soon(child, output, () => announcedUrl(folder, child.pid));
  return measuredProgram(child, `http://127.0.0.1:${port}`, agentUrl, output);
}

function measuredProgram(
  child: ChildProcess,
  url: string,
  agentUrl: string,
  output: { readonly err: string },
): MeasuredProgram {
  const metricsText = async (headers: Record<string, string> = {}) =>
    (await fetch(`${agentUrl}/metrics`, { headers })).text();
  const snapshot = async () => (await (await fetch(`${agentUrl}/snapshot`)).json()) as Frame;
  return {
    url,
    agentUrl,
    pid: child.pid ?? 0,
    stderr: () => output.err,
    metricsText,
    metric: async (sample) => {
      const line = (await metricsText()).split("\n").find((text) => text.startsWith(`${sample} `));
      return line === undefined ? undefined : Number(line.slice(sample.length + 1));
    },
    snapshot,
    frameWhere: (condition) => firstFrame(agentUrl, condition),
  };
}

async function firstFrame(agentUrl: string, condition: (frame: Frame) => boolean): Promise<Frame> {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), START_LIMIT_MS);
  try {
    const { body } = await fetch(`${agentUrl}/stream`, { signal: abort.signal });
    let text = "";
    for await (const chunk of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const messages = text.split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const data = /^event: frame\ndata: (.*)$/m.exec(message)?.[1];
        if (data === undefined) continue;
        const frame = JSON.parse(data) as Frame;
        if (condition(frame)) return frame;
      }
    }
    throw new Error("the stream ended before such a frame came");
  } finally {
    clearTimeout(limit);
    abort.abort();
  }
}

function announcedUrl(folder: string, pid: number | undefined): string | undefined {
  const file = path.join(folder, `${pid}.json`);
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as Announcement).agentUrl ?? undefined;
}

/** Polls, since a process that starts has no event for "the file is there". */
async function soon(
  child: ChildProcess,
  output: { readonly out: string; readonly err: string },
  read: () => string | undefined,
): Promise<string> {
  const endMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < endMs && child.exitCode === null) {
    const value = read();
    if (value !== undefined) return value;
    await delay(20);
  }
  throw new Error(`the program did not start (exit code ${child.exitCode}): ${output.out}${output.err}`);
}

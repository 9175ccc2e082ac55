/** Starts the users service as its users do, and talks to it over real sockets. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface UsersProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything on standard error so far. */
  errors(): string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const SERVER = fileURLToPath(new URL("../../targets/users/server.js", import.meta.url));

/** @param settings environment variables on top of an environment without any of the service's own. */
export async function startUsers(
  settings: Readonly<Record<string, string>> = {},
  account?: Account,
): Promise<UsersProcess> {
  const child = spawnUsers(settings, account);
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  const url = await new Promise<string>((resolve, reject) => {
    if (child.stdout === null) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^users listening on (http:\S+)$/.exec(line);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    exited.then((code) => reject(new Error(`it ended with ${code}: ${errors}`)));
  });
  return {
    url,
    child,
    errors: () => errors,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs a service that is meant not to start. */
export async function failToStart(
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | string; readonly errors: string }> {
  const child = spawnUsers(settings);
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code: code ?? signal ?? "", errors };
}

function spawnUsers(settings: Readonly<Record<string, string>>, account?: Account): ChildProcess {
  const { DATABASE_URL: _1, DATABASE_REPLICA_URL: _2, FAULT: _3, PORT: _4, ...environment } = process.env;
  return spawn(process.execPath, [SERVER], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, ...settings },
    ...account,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the service sent; each test knows what it asks for.
  readonly body: any;
}

export async function get(service: UsersProcess, path: string): Promise<Answer> {
  return answerOf(await fetch(`${service.url}${path}`));
}

export async function post(service: UsersProcess, path: string, body: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  return answerOf(await fetch(`${service.url}${path}`, { method: "POST", body: text, headers }));
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A real PostgreSQL server of one's own, from npm, in a temporary folder: gone when this process is. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { GuardianMessage } from "./guardian-message.js";

export interface EmbeddedPostgres {
  /** `postgres://user:password@127.0.0.1:port/postgres`. */
  readonly url: string;
  /** The server's own process. */
  readonly serverPid: number;
  /** Ends the server and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port of 127.0.0.1, in about a second. It is held by a guardian process that ends
 * it and removes its data when our end of a pipe closes: after `stop()`, and after any other end of this
 * process, a SIGKILL included.
 * @throws Error with the server's own last words when it does not start.
 */
export async function startEmbeddedPostgres(): Promise<EmbeddedPostgres> {
  const guardian = spawn(
    process.execPath,
    [fileURLToPath(new URL("postgres-guardian.js", import.meta.url))],
    {
      stdio: ["pipe", "pipe", "ignore"],
      // A session of its own: Ctrl-C reaches us alone, and the database outlives the requests in flight.
      detached: true,
      env: environmentWithoutPreloads(),
    },
  );
  const ready = await firstMessage(guardian);
  if (ready.kind === "failed") throw new Error(`The embedded PostgreSQL did not start: ${ready.reason}`);
  // The pipes must not keep a service alive that has nothing else to do.
  guardian.unref();
  return {
    url: ready.url,
    serverPid: ready.serverPid,
    stop: () => stopGuardian(guardian),
  };
}

/** The database is not the program under observation: no agent, no profiler, no inspector in its guardian. */
function environmentWithoutPreloads(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...environment } = process.env;
  return environment;
}

async function firstMessage(guardian: ChildProcess): Promise<GuardianMessage> {
  const { stdout } = guardian;
  if (stdout === null) throw new Error("The guardian of the embedded PostgreSQL has no output");
  const lines = createInterface({ input: stdout });
  const failed: GuardianMessage = { kind: "failed", reason: "its guardian process ended early" };
  try {
    return await new Promise<GuardianMessage>((resolve, reject) => {
      lines.once("line", (line) => resolve(JSON.parse(line) as GuardianMessage));
      lines.once("close", () => resolve(failed));
      guardian.once("error", reject);
    });
  } finally {
    lines.close();
    stdout.destroy();
  }
}

async function stopGuardian(guardian: ChildProcess): Promise<void> {
  if (guardian.exitCode !== null || guardian.signalCode !== null) return;
  guardian.ref();
  const exited = once(guardian, "exit");
  guardian.stdin?.end();
  await exited;
}

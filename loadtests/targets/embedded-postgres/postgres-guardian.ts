/**
 * A process of its own that owns one PostgreSQL server and its folder. It lives as long as its standard input
 * is open: a pipe that the operating system closes whatever way the service on its other end came to die.
 * Runs apart from the service; imports only node: and its neighbours.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import type { GuardianMessage } from "./guardian-message.js";
import { locateBinaries } from "./postgres-binaries.js";
import { createRunFolder } from "./postgres-folder.js";
import { initialiseCluster, type RunningServer, startServer } from "./postgres-server.js";
import { unprivilegedAccount } from "./unprivileged-account.js";

/** PostgreSQL ends within milliseconds on SIGINT; one that does not is killed. */
const STOP_PATIENCE_MS = 5000;

async function guard(): Promise<void> {
  const ownerGone = once(process.stdin.resume(), "close");
  // The owner decides when to end, not a signal that was meant for it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const account = await unprivilegedAccount();
  const folder = await createRunFolder(account);
  let server: RunningServer | undefined;
  try {
    const binaries = await locateBinaries(folder, account);
    const cluster = await initialiseCluster(binaries, folder, account);
    server = await startServer(binaries, cluster, account);
    tell({ kind: "ready", url: server.url, serverPid: server.pid });
    await Promise.race([ownerGone, once(server.process, "exit")]);
  } catch (error) {
    tell({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  } finally {
    if (server !== undefined) await stop(server.process);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  // SIGINT is PostgreSQL's fast shutdown: sessions are cut, data is written.
  server.kill("SIGINT");
  const outOfPatience = setTimeout(() => server.kill("SIGKILL"), STOP_PATIENCE_MS);
  await exited;
  clearTimeout(outOfPatience);
}

function tell(message: GuardianMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// Its owner may be gone before it reads the line.
process.stdout.on("error", () => {});
guard().then(
  () => process.exit(0),
  () => process.exit(1),
);

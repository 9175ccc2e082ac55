/** PostgreSQL as the machine has it installed: a primary and a streaming replica, for tests against real servers. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** PostgreSQL does not run as root; whatever account it is given as root, it must own its folder. */
const ACCOUNT = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

export interface InstalledServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The folder of initdb, postgres and pg_basebackup; undefined when they are not installed. */
export function installedPostgres(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const candidates = [
    ...(existsSync(debian) ? readdirSync(debian).map((version) => path.join(debian, version, "bin")) : []),
    ...(process.env.PATH ?? "").split(path.delimiter),
  ];
  const complete = (folder: string): boolean =>
    ["initdb", "postgres", "pg_basebackup"].every((name) => existsSync(path.join(folder, name)));
  const found = candidates.find(complete);
  return found === undefined ? undefined : realpathSync(found);
}

/** A primary and a replica that follows it. */
export async function startPrimaryWithReplica(binaries: string): Promise<{
  readonly primary: InstalledServer;
  readonly replica: InstalledServer;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), "loopscope-installed-"));
  if (ACCOUNT.uid !== undefined) await chown(folder, ACCOUNT.uid, ACCOUNT.gid);
  const primaryData = path.join(folder, "primary");
  const replicaData = path.join(folder, "replica");
  const program = (name: string): string => path.join(binaries, name);
  const options = { cwd: folder, ...ACCOUNT };
  await run(program("initdb"), ["-D", primaryData, "-U", "tester", "--auth=trust", "--no-sync"], options);
  const primary = await startServer(program("postgres"), primaryData);
  const source = new URL(primary.url);
  const from = ["-h", source.hostname, "-p", source.port, "-U", "tester"];
  // -R writes the file that makes it a standby of this primary.
  await run(program("pg_basebackup"), [...from, "-D", replicaData, "-R", "--no-sync", "-c", "fast"], options);
  const replica = await startServer(program("postgres"), replicaData);
  return { primary, replica, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function startServer(postgres: string, data: string): Promise<InstalledServer> {
  const port = await freePort();
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
  const server = spawn(postgres, ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: data,
    env: { ...process.env, LC_ALL: "C" },
    ...ACCOUNT,
  });
  await ready(server);
  return {
    url: `postgres://tester@127.0.0.1:${port}/postgres`,
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exited = once(server, "exit");
      server.kill("SIGINT");
      await exited;
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    if (server.stderr === null) throw new Error("no log");
    createInterface({ input: server.stderr }).on("line", (line) => {
      log += `${line}\n`;
      if (/ready to accept (read-only )?connections/.test(line)) resolve();
    });
    server.once("exit", () => reject(new Error(log)));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

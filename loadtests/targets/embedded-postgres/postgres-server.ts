/** One PostgreSQL cluster: made with initdb, run on a free loopback port, for one user with a random password. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { PostgresBinaries } from "./postgres-binaries.js";
import type { Account } from "./unprivileged-account.js";

export interface Cluster {
  readonly dataFolder: string;
  readonly user: string;
  readonly password: string;
}

export interface RunningServer {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly url: string;
}

/** A free port may be taken between finding it and using it. */
const START_ATTEMPTS = 3;

/** What a throwaway database need not do: its data does not outlive a crash anyway. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  listen_addresses: "127.0.0.1",
  // No socket files: two servers of one user would meet there.
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "64MB",
  // Messages are read by programs here.
  lc_messages: "C",
};

/** @throws Error with initdb's own words. */
export async function initialiseCluster(
  binaries: PostgresBinaries,
  folder: string,
  account: Account | undefined,
): Promise<Cluster> {
  const password = randomBytes(24).toString("hex");
  const passwordFile = path.join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
  const cluster: Cluster = { dataFolder: path.join(folder, "data"), user: "loopscope", password };
  const options = [
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
  ];
  // Stretching is for passwords that people choose; each connection would pay for it with milliseconds of ours.
  const unstretched = "--set=scram_iterations=1";
  const names = [`--username=${cluster.user}`, `--pwfile=${passwordFile}`, `--pgdata=${cluster.dataFolder}`];
  await promisify(execFile)(binaries.initdb, [...options, unstretched, ...names], {
    cwd: folder,
    ...account,
  });
  return cluster;
}

/** @throws Error with the server's last words when it does not come up. */
export async function startServer(
  binaries: PostgresBinaries,
  cluster: Cluster,
  account: Account | undefined,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePort(binaries, cluster, account);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function startOnFreePort(
  binaries: PostgresBinaries,
  cluster: Cluster,
  account: Account | undefined,
): Promise<RunningServer> {
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const server = spawn(binaries.postgres, ["-D", cluster.dataFolder, ...settings], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: cluster.dataFolder,
    ...account,
  });
  await readiness(server);
  const { user, password } = cluster;
  const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  return { process: server, pid: server.pid ?? 0, url };
}

function readiness(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lastLines: string[] = [];
    if (server.stderr !== null) {
      // Reading goes on after readiness: a full pipe would stop the server.
      createInterface({ input: server.stderr }).on("line", (line) => {
        lastLines.push(line);
        if (lastLines.length > 5) lastLines.shift();
        if (line.includes("database system is ready to accept connections")) resolve();
      });
    }
    server.once("error", reject);
    server.once("exit", () => reject(new Error(lastLines.join("; ") || "it ended without a word")));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

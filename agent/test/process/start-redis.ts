import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { Redis } from "ioredis";
import { freePort } from "./free-port";

const REDIS_SERVER = "/usr/bin/redis-server";

/** Why a test that needs Redis is skipped; false where it is installed. */
export const noRedis = existsSync(REDIS_SERVER) ? false : `${REDIS_SERVER} is not installed`;

export interface RunningRedis {
  readonly port: number;
  /** How often Redis ran each of these commands, by its own count. */
  callsOf(...commands: readonly string[]): Promise<number>;
}

/** A real Redis on a port of its own, ended with the test. */
export async function startRedis(t: TestContext): Promise<RunningRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const server = spawn(REDIS_SERVER, settings, { stdio: "ignore" });
  // Connects again and again until the server is there.
  const observer = new Redis({
    port,
    host: "127.0.0.1",
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  observer.on("error", () => undefined);
  t.after(async () => {
    observer.disconnect();
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  });
  await observer.ping();
  return {
    port,
    callsOf: async (...commands) => {
      const statistics = await observer.info("commandstats");
      const found = [...statistics.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
      return found.reduce(
        (sum, [, name, calls]) => sum + (commands.includes(name ?? "") ? Number(calls) : 0),
        0,
      );
    },
  };
}

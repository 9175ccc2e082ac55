import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

const REDIS_SERVER = "/usr/bin/redis-server";

/** Why a test that needs Redis is skipped; false where it is installed. */
export const noRedis = existsSync(REDIS_SERVER) ? false : `${REDIS_SERVER} is not installed`;

/** A real Redis on a port of its own, ended with the test. */
export async function startRedis(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "redis-test-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const server = spawn(REDIS_SERVER, settings, { stdio: "ignore" });
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, "close");
    server.kill("SIGKILL");
    await closed;
  };
  context.after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  while (!(await accepts(port))) await delay(20);
  return { url: `redis://127.0.0.1:${port}`, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { bearer, gatewayStats, startGateway } from "./gateway-client.js";
import type { RunningTarget } from "./start-target.js";

const REDIS_SERVER = "/usr/bin/redis-server";
const noRedis = existsSync(REDIS_SERVER) ? false : `${REDIS_SERVER} is not installed`;

/** Many at once, spread over the gateways. */
async function statusesOf(gateways: readonly RunningTarget[], client: string, requests: number) {
  const headers = bearer(client);
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, n) =>
      fetch(`${gateways[n % gateways.length]?.url}/api/users/${n}`, { headers }),
    ),
  );
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  const passed = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.status === 429);
  return { answers, passed: passed.length, refused: refused.length };
}

/** A real Redis on a socket of its own port, ended with the test. */
async function startRedis(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "redis-test-"));
  const port = 20_000 + (process.pid % 20_000);
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const server = spawn(REDIS_SERVER, settings, { stdio: "ignore" });
  context.after(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const closed = once(server, "close");
      server.kill("SIGKILL");
      await closed;
    }
    await rm(folder, { recursive: true, force: true });
  });
  while (!(await accepts(port))) await delay(20);
  return { url: `redis://127.0.0.1:${port}`, server };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

test("of 250 concurrent requests of one client exactly 100 pass", async (context) => {
  const gateway = await startGateway(context);
  const { passed, refused } = await statusesOf([gateway], "eager", 250);
  assert.deepEqual([passed, refused], [100, 150]);
  const other = await statusesOf([gateway], "patient", 1);
  assert.equal(other.passed, 1);
  assert.equal((await gatewayStats(gateway)).rateLimited, 150);
});

test("a refused client learns when to come back, and may", async (context) => {
  const gateway = await startGateway(context, { RATE_LIMIT: "2", RATE_WINDOW_SECONDS: "1" });
  const ask = () => fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann") });
  const first = await ask();
  assert.equal(first.headers.get("ratelimit-limit"), "2");
  assert.equal(first.headers.get("ratelimit-remaining"), "1");
  assert.equal(first.headers.get("ratelimit-reset"), "1");
  await ask();
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(refused.headers.get("ratelimit-remaining"), "0");
  assert.match(refused.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const body = (await refused.json()) as { status: number; retry_after: number };
  assert.deepEqual([body.status, body.retry_after], [429, 1]);
  await delay(1_000);
  assert.equal((await ask()).status, 200);
});

test("two gateways on one Redis let exactly 100 pass between them", { skip: noRedis }, async (context) => {
  const redis = await startRedis(context);
  const gateways = [
    await startGateway(context, { REDIS_URL: redis.url }),
    await startGateway(context, { REDIS_URL: redis.url }),
  ];
  const { passed, refused } = await statusesOf(gateways, "eager", 250);
  assert.deepEqual([passed, refused], [100, 150]);
});

test("what one gateway cached in Redis is a hit for the other", { skip: noRedis }, async (context) => {
  const redis = await startRedis(context);
  const bodies: string[] = [];
  for (const expected of ["MISS", "HIT"]) {
    const gateway = await startGateway(context, { REDIS_URL: redis.url });
    const answer = await fetch(`${gateway.url}/api/products/1`, { headers: bearer("ann") });
    assert.equal(answer.headers.get("x-cache"), expected);
    assert.equal(answer.headers.get("content-type"), "application/json");
    bodies.push(await answer.text());
  }
  assert.equal(bodies[0], bodies[1]);
});

test("a Redis that dies takes the limit and the cache with it, not the gateway", {
  skip: noRedis,
}, async (context) => {
  const redis = await startRedis(context);
  const gateway = await startGateway(context, { REDIS_URL: redis.url });
  assert.equal((await statusesOf([gateway], "ann", 1)).passed, 1);
  const closed = once(redis.server, "close");
  redis.server.kill("SIGKILL");
  await closed;
  assert.equal((await statusesOf([gateway], "ann", 5)).passed, 5);
  assert.ok((await gatewayStats(gateway)).storeErrors > 0);
});

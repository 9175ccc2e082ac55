import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { bearer, gatewayStats, startGateway } from "./gateway-client.js";
import { noRedis, startRedis } from "./start-redis.js";
import type { RunningTarget } from "./start-target.js";

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
  await redis.stop();
  assert.equal((await statusesOf([gateway], "ann", 5)).passed, 5);
  assert.ok((await gatewayStats(gateway)).storeErrors > 0);
});

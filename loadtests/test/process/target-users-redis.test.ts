import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { noRedis, startRedis } from "./start-redis.js";
import { get, startUsers } from "./users-process.js";

async function startWithRedis(context: TestContext) {
  const redis = await startRedis(context);
  const service = await startUsers({ REDIS_URL: redis.url });
  context.after(() => service.stop());
  return { redis, service };
}

test("a user that was read is kept in Redis, and fifty who ask at once share one query", {
  skip: noRedis,
}, async (context) => {
  const { service } = await startWithRedis(context);
  const first = await get(service, "/users/7");
  assert.equal(first.headers.get("x-cache"), "miss");
  const second = await get(service, "/users/7");
  assert.equal(second.headers.get("x-cache"), "hit");
  assert.deepEqual(second.body, first.body);
  const crowd = await Promise.all(Array.from({ length: 50 }, () => get(service, "/users/8")));
  const misses = crowd.filter(({ headers }) => headers.get("x-cache") === "miss");
  assert.ok(misses.length < 5, `${misses.length} of 50 went to the database`);
  for (const { status } of crowd) assert.equal(status, 200);
});

test("without its Redis the service answers from the database", { skip: noRedis }, async (context) => {
  const { redis, service } = await startWithRedis(context);
  await get(service, "/users/7");
  await redis.stop();
  const answer = await get(service, "/users/7");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("x-cache"), "miss");
});

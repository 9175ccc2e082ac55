import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { DownstreamFrame } from "@loopscope/agent/catalog";
import { Redis } from "ioredis";
import { startEmbeddedPostgres } from "../../targets/embedded-postgres/embedded-postgres.js";
import { noRedis, startRedis } from "./start-redis.js";
import { startWatchedTarget, type WatchedTarget } from "./watched-target.js";

const METRIC = "db_client_operation_duration_seconds";

/** Calls counted by all series of a system, the failed ones included. */
function callsOf(exposition: string, system: string): number {
  return exposition
    .split("\n")
    .filter((line) => line.startsWith(`${METRIC}_count{`) && line.includes(`db_system_name="${system}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** The frames of the seconds until `enough` says so, of one destination. */
async function watch(
  service: WatchedTarget,
  kind: DownstreamFrame["kind"],
  enough: (seen: readonly DownstreamFrame[]) => boolean,
): Promise<readonly DownstreamFrame[]> {
  const seen: DownstreamFrame[] = [];
  for (let sequence = -1; !enough(seen); ) {
    const frame = await service.frame();
    if (frame.sequence > sequence) {
      seen.push(...(frame.downstream ?? []).filter((calls) => calls.kind === kind));
      sequence = frame.sequence;
    }
    await delay(100);
  }
  return seen;
}

const callsIn = (frames: readonly DownstreamFrame[]): number =>
  frames.reduce((sum, { calls }) => sum + calls, 0);

test("queries by pg are counted and timed by database, without their text", async (context) => {
  const server = await startEmbeddedPostgres();
  context.after(() => server.stop());
  const service = await startWatchedTarget(context, "users", { DATABASE_URL: server.url });
  const before = callsOf(await service.metrics(), "postgresql");
  const url = `${service.target.url}/users/1/messages`;
  for (let n = 0; n < 30; n += 1) assert.equal((await fetch(url)).status, 200);
  const metrics = await service.metrics();
  assert.equal(callsOf(metrics, "postgresql") - before, 30);
  const { port } = new URL(server.url);
  assert.match(metrics, new RegExp(`${METRIC}_count\\{[^}]*server_port="${port}"`));
  assert.doesNotMatch(metrics, /SELECT|password/i);
});

test("a query that fails has its SQLSTATE as error type", async (context) => {
  const service = await startWatchedTarget(context, "users", {});
  const body = JSON.stringify({ name: "A", email: "twice@example.com", password: "a long password" });
  const register = () =>
    fetch(`${service.target.url}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  assert.equal((await register()).status, 201);
  assert.notEqual((await register()).status, 201);
  assert.match(await service.metrics(), new RegExp(`${METRIC}_count\\{[^}]*error_type="23505"[^}]*\\} 1`));
});

test("identical queries at once are seen as such, and as many as there were", async (context) => {
  const service = await startWatchedTarget(context, "users", { FAULT: "cache-stampede" });
  const crowd = Promise.all(Array.from({ length: 12 }, () => fetch(`${service.target.url}/authors`)));
  const seen = await watch(service, "database", (frames) => callsIn(frames) >= 12);
  for (const answer of await crowd) assert.equal(answer.status, 200);
  const most = Math.max(...seen.map(({ mostAlike }) => mostAlike));
  assert.ok(most >= 8 && most <= 12, `${most} of 12 at once`);
});

test("commands by ioredis are those that Redis counts", { skip: noRedis }, async (context) => {
  const { url } = await startRedis(context);
  const service = await startWatchedTarget(context, "users", { REDIS_URL: url });
  const observer = new Redis(url);
  context.after(() => observer.disconnect());
  const setsByRedis = async (): Promise<number> => {
    const statistics = await observer.info("commandstats");
    const found = [...statistics.matchAll(/^cmdstat_(get|set|eval|evalsha|del)[^:]*:calls=(\d+)/gm)];
    return found.reduce((sum, [, , calls]) => sum + Number(calls), 0);
  };
  // Whatever connects and asks for scripts has done so after the first.
  await fetch(`${service.target.url}/users/1`);
  const [byRedis, byAgent] = [await setsByRedis(), callsOf(await service.metrics(), "redis")];
  for (let n = 2; n <= 20; n += 1) await fetch(`${service.target.url}/users/${n}`);
  const [byRedisAfter, byAgentAfter] = [await setsByRedis(), callsOf(await service.metrics(), "redis")];
  assert.ok(byRedisAfter > byRedis);
  assert.equal(byAgentAfter - byAgent, byRedisAfter - byRedis);
});

test("a call without an answer is in flight, and how long is known", async (context) => {
  const service = await startWatchedTarget(context, "jobs", {});
  const posted = await fetch(`${service.target.url}/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "fetch-quote", input: { delayMs: 3000 } }),
  });
  assert.equal(posted.status, 202);
  const seen = await watch(service, "http", (frames) => frames.some(({ calls }) => calls > 0));
  const waiting = seen.filter(({ inFlight }) => inFlight > 0).map(({ oldestMs }) => oldestMs ?? 0);
  assert.ok(Math.max(...waiting) >= 1000, `${waiting} ms`);
  assert.ok((seen.at(-1)?.duration.maxMs ?? 0) >= 2900);
});

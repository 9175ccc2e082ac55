/** @redis/client without code, against what Redis says it was asked. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";
import { noRedis, startRedis } from "./start-redis";

const METRIC = "db_client_operation_duration_seconds_count";

async function start(t: TestContext, library: string) {
  const redis = await startRedis(t);
  const program = await startProgram(t, "libraries/asks-redis.cjs", {
    env: { REDIS_PORT: String(redis.port), REDIS_PACKAGE: library },
  });
  const place = `db_system_name="redis",db_namespace="2",server_address="127.0.0.1",server_port="${redis.port}"`;
  const call = async (action: string): Promise<unknown> =>
    await (await fetch(`${program.url}/${action}`)).json();
  // Whatever the client asks as it connects is asked before the first answer.
  await call("commands?times=1");
  return {
    redis,
    call,
    stderr: program.stderr,
    pool: (name: string, labels = "") =>
      program.metric(
        `db_client_connection_${name}{db_client_connection_pool_name="127.0.0.1:${redis.port}/2"${labels}}`,
      ),
    calls: async (failed = "") => (await program.metric(`${METRIC}{${place}${failed}}`)) ?? 0,
  };
}

for (const library of ["redis", "redis-5", "redis-4"]) {
  test(`commands by ${library} are those that Redis counts`, { skip: noRedis }, async (t) => {
    const { redis, call, calls, stderr } = await start(t, library);
    const [byRedis, byAgent] = [await redis.callsOf("get", "set"), await calls()];
    assert.equal(await call("commands?times=25"), true);
    assert.equal(await redis.callsOf("get", "set"), byRedis + 50);
    assert.equal(await calls(), byAgent + 50);
    assert.equal(await call("raw"), "raw");
    assert.equal(await calls(), byAgent + 51);
    assert.doesNotMatch(stderr(), /Warning/);
  });

  test(`what ${library} sends together is one call, and so is a script`, { skip: noRedis }, async (t) => {
    const { redis, call, calls } = await start(t, library);
    const before = await calls();
    assert.deepEqual(await call("multi"), ["OK", 2, "2"]);
    assert.equal(await calls(), before + 1);
    assert.deepEqual(await call("pipeline"), ["OK", "1"]);
    assert.equal(await calls(), before + 2);
    assert.equal(await call("script"), 42);
    const withScript = await calls();
    assert.equal(await call("script"), 42);
    assert.equal(await calls(), withScript + 1);
    assert.equal(await redis.callsOf("exec"), 1);
  });

  test(`a command by ${library} that waits for somebody else is not timed`, { skip: noRedis }, async (t) => {
    const { call, calls } = await start(t, library);
    const before = await calls();
    assert.equal(await call("waits"), "x");
    assert.equal(await calls(), before + 1);
  });

  test(`a command by ${library} that fails has its error's class, and fails still`, {
    skip: noRedis,
  }, async (t) => {
    const { call, calls } = await start(t, library);
    const { error } = (await call("fails")) as { readonly error: string };
    assert.match(error, /ERR value is not an integer/);
    const types = ["ErrorReply", "SimpleError"].map((type) => calls(`,error_type="${type}"`));
    assert.deepEqual((await Promise.all(types)).sort(), [0, 1]);
  });
}

for (const library of ["redis", "redis-5"]) {
  test(`a pool of ${library} tells its connections, its waits and its uses`, { skip: noRedis }, async (t) => {
    const { redis, call, calls, pool } = await start(t, library);
    const [byRedis, byAgent] = [await redis.callsOf("set"), await calls()];
    await call("pool?times=30");
    assert.equal(await redis.callsOf("set"), byRedis + 30);
    assert.equal(await calls(), byAgent + 30);
    assert.equal(await pool("wait_time_seconds_count"), 30);
    assert.equal(await pool("use_time_seconds_count"), 30);
    assert.equal(await pool("max"), 2);
    assert.equal(await pool("count", ',db_client_connection_state="used"'), 0);
    assert.equal(await pool("count", ',db_client_connection_state="idle"'), 2);
  });

  test(`who waits for a connection of ${library} is pending, and gives up in time`, {
    skip: noRedis,
  }, async (t) => {
    const { call, pool } = await start(t, library);
    await call("hold");
    assert.equal(await pool("count", ',db_client_connection_state="used"'), 2);
    assert.equal(await call("release"), "TimeoutError");
    assert.equal(await pool("timeouts_total"), 1);
    assert.equal(await pool("wait_time_seconds_count"), 2);
    await call("endPool");
    assert.equal(await pool("max"), undefined);
  });
}

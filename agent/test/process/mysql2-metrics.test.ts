/** mysql2 without code: queries and pools, against what the server was asked. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type MeasuredProgram, startProgram } from "./measured-program";
import { type StandInMysql, startStandInMysql } from "./stand-in-mysql";

interface MysqlProgram extends MeasuredProgram {
  readonly server: StandInMysql;
  call(action: string): Promise<unknown>;
  /** One sample of a metric of the pool. */
  pool(name: string, labels?: string): Promise<number | undefined>;
  queries(errorType?: string): Promise<number>;
}

async function start(t: TestContext): Promise<MysqlProgram> {
  const server = await startStandInMysql(t);
  const program = await startProgram(t, "libraries/asks-mysql.cjs", {
    env: { MYSQL_PORT: String(server.port) },
  });
  const place = `db_namespace="shop",server_address="127.0.0.1",server_port="${server.port}"`;
  const poolName = `db_client_connection_pool_name="127.0.0.1:${server.port}/shop"`;
  return {
    ...program,
    server,
    call: async (action) => await (await fetch(`${program.url}/${action}`)).json(),
    pool: (name, labels = "") => program.metric(`db_client_connection_${name}{${poolName}${labels}}`),
    queries: async (errorType) => {
      const failed = errorType === undefined ? "" : `,error_type="${errorType}"`;
      const labels = `db_system_name="mysql",${place}${failed}`;
      return (await program.metric(`db_client_operation_duration_seconds_count{${labels}}`)) ?? 0;
    },
  };
}

for (const [way, times] of [
  ["callback", 1],
  ["values", 1],
  ["execute", 1],
  ["prepared", 3],
  ["promise", 1],
] as const)
  test(`what mysql2 asks by ${way} is counted as often as the server is asked`, async (t) => {
    const program = await start(t);
    const answer = await program.call(way);
    assert.deepEqual(answer, way === "prepared" ? [1, 1, 1] : 1);
    assert.equal(program.server.asked.length, times);
    assert.equal(await program.queries(), times);
  });

test("a query whose rows the application reads as events is not timed", async (t) => {
  const program = await start(t);
  assert.equal(await program.call("events"), "ended");
  assert.equal(program.server.asked.length, 1);
  assert.equal(await program.queries(), 0);
});

test("a query that fails has the server's code, and one with bad arguments still throws its own error", async (t) => {
  const program = await start(t);
  assert.equal(await program.call("fails"), "ER_DUP_ENTRY");
  assert.equal(await program.queries("ER_DUP_ENTRY"), 1);
  const { error } = (await program.call("badArguments")) as { error: string };
  assert.match(error, /Bind parameters must not contain undefined/);
  assert.equal(await program.queries("TypeError"), 1);
});

test("a mysql2 pool tells its connections, its waits and its uses, and hands on what it is asked", async (t) => {
  const program = await start(t);
  await program.call("pool?times=40");
  assert.equal(program.server.asked.length, 40);
  assert.equal(await program.queries(), 40);
  assert.equal(await program.pool("wait_time_seconds_count"), 40);
  assert.equal(await program.pool("use_time_seconds_count"), 40);
  assert.equal(await program.pool("max"), 2);
  assert.equal(await program.pool("count", ',db_client_connection_state="idle"'), 2);
});

test("who waits for a mysql2 connection is pending until one is given back", async (t) => {
  const program = await start(t);
  await program.call("held");
  assert.equal(await program.pool("pending_requests"), 1);
  assert.equal(await program.pool("count", ',db_client_connection_state="used"'), 2);
  await program.call("release");
  assert.equal(await program.pool("pending_requests"), 0);
  assert.equal(await program.pool("wait_time_seconds_count"), 3);
  assert.equal(await program.pool("use_time_seconds_count"), 3);
  assert.equal(await program.pool("count", ',db_client_connection_state="used"'), 0);
  await program.call("end");
  assert.equal(await program.pool("max"), undefined);
});

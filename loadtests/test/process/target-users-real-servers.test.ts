import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { installedPostgres, startPrimaryWithReplica } from "./installed-postgres.js";
import type { RunningTarget } from "./start-target.js";
import { failToStartUsers, get, post, startUsers } from "./users-process.js";

const binaries = installedPostgres();
const options = binaries === undefined ? { skip: "PostgreSQL is not installed on this machine" } : {};

let servers: Awaited<ReturnType<typeof startPrimaryWithReplica>>;
let service: RunningTarget;

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

before(async () => {
  if (binaries === undefined) return;
  servers = await startPrimaryWithReplica(binaries);
  service = await startUsers({
    DATABASE_URL: servers.primary.url,
    DATABASE_REPLICA_URL: servers.replica.url,
  });
});
after(async () => {
  await service?.stop();
  await servers?.replica.stop();
  await servers?.primary.stop();
  await servers?.remove();
});

test("tables live in a schema of their own and are there on the replica too", options, async () => {
  for (const { url } of [servers.primary, servers.replica]) {
    const rows = await query(
      url,
      "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables WHERE table_name IN ('users', 'messages', 'products') ORDER BY 2",
    );
    assert.deepEqual(
      rows.map(({ schema, name }) => `${schema}.${name}`),
      ["loopscope_users.messages", "loopscope_users.products", "loopscope_users.users"],
    );
  }
});

test("reads go to the replica and writes to the primary", options, async () => {
  const reads = (url: string) =>
    query(
      url,
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'loopscope-users' AND query LIKE '%LEFT JOIN messages%'",
    );
  for (let user = 1; user <= 10; user++) {
    assert.equal((await get(service, `/users/${user}/messages`)).status, 200);
  }
  assert.ok(((await reads(servers.replica.url))[0]?.count as number) > 0);
  assert.equal((await reads(servers.primary.url))[0]?.count, 0);
  const batch = [{ name: "Written", email: "written@example.com" }];
  assert.equal((await post(service, "/users", batch)).status, 201);
});

test(
  "what was just registered is read at once, although the replica has been stopped from following",
  options,
  async () => {
    await query(servers.replica.url, "SELECT pg_wal_replay_pause()");
    try {
      const user = { name: "Fresh", email: "fresh@example.com", password: "a long password" };
      const created = await post(service, "/users", user);
      assert.equal(created.status, 201);
      const read = await get(service, `/users/${created.body.id}`);
      assert.equal(read.status, 200);
      assert.equal(read.headers.get("x-cache"), "hit");
    } finally {
      await query(servers.replica.url, "SELECT pg_wal_replay_resume()");
    }
  },
);

test("two services that start at once on one database both come up", options, async () => {
  const settings = { DATABASE_URL: servers.primary.url };
  await query(servers.primary.url, "DROP SCHEMA loopscope_users CASCADE");
  const both = await Promise.all([startUsers(settings), startUsers(settings)]);
  for (const one of both) assert.equal((await get(one, "/users/1000/messages")).status, 200);
  await Promise.all(both.map((one) => one.stop()));
});

test("a server that is no replica of the primary is refused at the start", options, async () => {
  const { code, output } = await failToStartUsers({
    DATABASE_URL: servers.primary.url,
    DATABASE_REPLICA_URL: servers.primary.url.replace("127.0.0.1", "localhost"),
  });
  assert.equal(code, 1);
  assert.match(output, /DATABASE_REPLICA_URL is not a replica/);
});

test("reads go on from the primary while the replica is away", options, async () => {
  await servers.replica.stop();
  for (let user = 101; user <= 110; user++) assert.equal((await get(service, `/users/${user}`)).status, 200);
});

test(
  "while the primary is away too, answers are 503 as problem details and the service stays up",
  options,
  async () => {
    await servers.primary.stop();
    const answer = await get(service, "/users/500");
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    assert.equal((await get(service, "/users/101")).status, 200, "what is cached is still served");
  },
);

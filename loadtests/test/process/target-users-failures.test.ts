import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../targets/embedded-postgres/embedded-postgres.js";
import type { RunningTarget } from "./start-target.js";
import { failToStartUsers, get, post, startUsers } from "./users-process.js";

let database: EmbeddedPostgres;
let admin: pg.Client;
const services: RunningTarget[] = [];

before(async () => {
  database = await startEmbeddedPostgres();
  admin = new pg.Client({ connectionString: database.url, options: "-c search_path=loopscope_users" });
  await admin.connect();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});
after(async () => {
  await admin.end();
  await database.stop();
});

async function start(settings: Readonly<Record<string, string>>): Promise<RunningTarget> {
  const service = await startUsers({ DATABASE_URL: database.url, ...settings });
  services.push(service);
  return service;
}

/** Holds a table so that everything that touches it waits, for as long as `work` takes. */
async function withLock<T>(table: string, work: () => Promise<T>): Promise<T> {
  await admin.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  try {
    return await work();
  } finally {
    await admin.query("ROLLBACK");
  }
}

async function startSource(
  listener: RequestListener,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    if (await condition()) return;
    await delay(5);
  }
  assert.fail("it did not come about within 10 s");
}

test("a request that takes longer than allowed is 408, and the service goes on", async () => {
  const service = await start({ REQUEST_TIMEOUT_MS: "300" });
  const late = await withLock("users", () => get(service, "/users/1"));
  assert.equal(late.status, 408);
  assert.match(late.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal((await get(service, "/users/2")).status, 200);
});

test("a statement that takes longer than allowed is 408 and does not keep its connection", async () => {
  const service = await start({ STATEMENT_TIMEOUT_MS: "200", POOL_MAX: "1" });
  const late = await withLock("users", () => get(service, "/users/1"));
  assert.equal(late.status, 408);
  assert.equal((await get(service, "/users/1")).status, 200);
});

test("when every connection is in use, the next request is 503 after the agreed wait", async () => {
  const service = await start({ POOL_MAX: "2", POOL_WAIT_MS: "1000", STATEMENT_TIMEOUT_MS: "3000" });
  await withLock("messages", async () => {
    const holders = [1, 2].map((id) => get(service, `/users/${id}/messages`));
    const refused = await Promise.race([...holders, get(service, "/users/3/messages")]);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(refused.body.detail, "Every database connection is in use.");
    assert.deepEqual(
      (await Promise.all(holders)).map(({ status }) => status),
      [408, 408],
    );
  });
  assert.equal((await get(service, "/users/3/messages")).status, 200);
});

test("a mistake of the service's own is 500, told to the log and not to the client", async () => {
  const service = await start({});
  await admin.query("ALTER TABLE messages RENAME TO elsewhere");
  const failed = await get(service, "/users/1/messages").finally(() =>
    admin.query("ALTER TABLE elsewhere RENAME TO messages"),
  );
  assert.equal(failed.status, 500);
  assert.doesNotMatch(JSON.stringify(failed.body), /messages" does not exist|relation|select/i);
  assert.match(
    service.output(),
    /GET \/users\/1\/messages failed: error: relation "messages" does not exist/,
  );
  assert.equal((await get(service, "/users/1/messages")).status, 200);
});

test("a transaction that the database cuts leaves no row, and later batches succeed", async () => {
  const service = await start({ POOL_MAX: "2" });
  const batch = Array.from({ length: 200 }, (_, row) => ({
    name: `Cut ${row}`,
    email: `cut${row}@example.com`,
  }));
  const answers = await withLock("users", async () => {
    const pending = post(service, "/users", batch);
    // The insert waits for the lock: that is when its connection is taken away.
    await until(async () => {
      // Within a transaction the view would show the same moment for ever.
      await admin.query("SELECT pg_stat_clear_snapshot()");
      const { rowCount } = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'loopscope-users' AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    return pending;
  });
  assert.equal(answers.status, 503);
  const { rows } = await admin.query("SELECT count(*)::int AS count FROM users WHERE email LIKE 'cut%'");
  assert.equal(rows[0].count, 0);
  assert.equal((await post(service, "/users", batch)).status, 201);
});

test("idle connections that the server cuts are replaced without a failed request", async () => {
  const service = await start({});
  const { rowCount: cut } = await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'loopscope-users' AND state = 'idle'`,
  );
  assert.ok(cut !== null && cut >= 5);
  await until(async () => service.output().split("An idle database connection was lost").length > cut);
  assert.equal((await get(service, "/users/1")).status, 200);
});

test("a product source that fails, hangs, is gone or talks nonsense costs its products and nothing else", async () => {
  const failing = await startSource((_, response) => response.writeHead(500).end());
  const hanging = await startSource(() => {});
  const nonsense = await startSource((_, response) => response.end("<html>"));
  const gone = await startSource(() => {});
  gone.server.close();
  const good = await startSource((_, response) => response.end('[{"name":"Lamp","priceCents":1}]'));
  const sources = { failing, hanging, nonsense, gone, good };
  const service = await start({
    PRODUCT_SOURCES: Object.entries(sources)
      .map(([name, { url }]) => `${name}=${url}`)
      .join(","),
    SOURCE_TIMEOUT_MS: "300",
  });
  const { status, body } = await get(service, "/products");
  assert.equal(status, 200);
  assert.equal(body.partial, true);
  assert.equal(body.count, 51);
  const errors = body.sources.map(({ name, error }: { name: string; error?: string }) => [name, error]);
  assert.deepEqual(errors, [
    ["own", undefined],
    ["failing", "it answered 500"],
    ["hanging", "it did not answer in time"],
    ["nonsense", "it could not be reached"],
    ["gone", "it could not be reached"],
    ["good", undefined],
  ]);
  for (const { server } of Object.values(sources)) {
    server.closeAllConnections();
    server.close();
  }
});

test("when no source of products answers at all, that is 503 and says of each why", async () => {
  const service = await start({ PRODUCT_SOURCES: "gone=http://127.0.0.1:1/", STATEMENT_TIMEOUT_MS: "200" });
  const { status, body } = await withLock("products", () => get(service, "/products"));
  assert.equal(status, 503);
  assert.deepEqual(
    body.sources.map(({ ok }: { ok: boolean }) => ok),
    [false, false],
  );
});

test("a client that goes away in the middle of its request does not harm the service", async () => {
  const service = await start({});
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /users HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"na',
  );
  await once(socket, "connect");
  socket.destroy();
  assert.equal((await get(service, "/users/1")).status, 200);
});

test("bad settings end the start with one sentence and exit code 1", async () => {
  const rows: readonly [Record<string, string>, RegExp][] = [
    [{ PORT: "x" }, /^PORT must be a whole number between 0 and 65535, got "x"\n$/],
    [{ PORT: "65536" }, /^PORT must be/],
    [{ FAULT: "everything" }, /^FAULT must be one of sync-password-hash, .*, got "everything"\n$/],
    [{ POOL_MAX: "0" }, /^POOL_MAX must be a whole number between 1 and 200, got "0"\n$/],
    [{ PRODUCT_SOURCES: "north" }, /^PRODUCT_SOURCES must be name=url,name=url, got "north"/],
    [{ DATABASE_REPLICA_URL: "postgres://x" }, /^DATABASE_REPLICA_URL needs DATABASE_URL/],
    [
      { DATABASE_URL: "postgres://127.0.0.1:1/nowhere" },
      /^The database of DATABASE_URL cannot be used: .*ECONNREFUSED/,
    ],
    [{ PORT: new URL(database.url).port }, /EADDRINUSE/],
  ];
  for (const [settings, sentence] of rows) {
    const { code, output } = await failToStartUsers({
      DATABASE_URL: database.url,
      ...settings,
      ...(settings.DATABASE_REPLICA_URL !== undefined && { DATABASE_URL: "" }),
    });
    assert.equal(code, 1);
    assert.match(output, sentence);
    assert.equal(output.trimEnd().split("\n").length, 1, output);
  }
});

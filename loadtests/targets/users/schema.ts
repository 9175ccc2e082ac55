/** Tables and the rows that they begin with. */

import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { type Databases, SCHEMA_NAME } from "./databases.js";
import type { UsersSettings } from "./users-settings.js";

const SEED_USERS = 1000;
const SEED_PRODUCTS = 500;

/** Any constant: services that start together take turns by it. */
const SCHEMA_LOCK = 7_205_914;
const REPLICA_PATIENCE_MS = 30_000;
const REPLICA_POLL_MS = 50;

const TABLES = `
  CREATE SCHEMA IF NOT EXISTS ${SCHEMA_NAME};
  CREATE TABLE IF NOT EXISTS users (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS messages (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price_cents integer NOT NULL,
    sold integer NOT NULL
  );
  CREATE INDEX IF NOT EXISTS products_by_sold ON products (sold DESC);
`;

/** Mended: what a query filters and sorts by is in an index. A foreign key makes none by itself. */
const MESSAGE_INDEX =
  "CREATE INDEX IF NOT EXISTS messages_by_user ON messages (user_id, created_at DESC, id DESC)";

/** Faulty: the same query without it. */
const NO_MESSAGE_INDEX = "DROP INDEX IF EXISTS messages_by_user";

/** Makes tables, indexes and first rows where they are missing, and waits until the replica has them. */
export async function createSchema(
  databases: Databases,
  { faults, seedMessages }: UsersSettings,
): Promise<void> {
  await databases.transaction(async (client) => {
    // Loading rows may take longer than a request's statement should.
    await client.query("SET LOCAL statement_timeout = 0");
    await client.query("SELECT pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
    await client.query(TABLES);
    await seed(client);
    await addMessages(client, seedMessages);
    await client.query(faults.has("query-without-index") ? NO_MESSAGE_INDEX : MESSAGE_INDEX);
  });
  await databases.primary.query("ANALYZE users, messages, products");
  if (databases.replica !== databases.primary) await replicaCaughtUp(databases);
}

async function seed(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ readonly empty: boolean }>(
    "SELECT NOT EXISTS (SELECT FROM users) AS empty",
  );
  if (rows[0]?.empty !== true) return;
  await client.query(
    `INSERT INTO users (name, email)
     SELECT 'User ' || n, 'user' || n || '@example.com' FROM generate_series(1, $1::integer) n`,
    [SEED_USERS],
  );
  await client.query(
    `INSERT INTO products (name, price_cents, sold)
     SELECT 'Product ' || n, 100 + (n * 37) % 9900, (n * 7919) % 10007 FROM generate_series(1, $1::integer) n`,
    [SEED_PRODUCTS],
  );
}

/** Does nothing when there are as many already. Users take turns as authors. */
async function addMessages(client: pg.PoolClient, count: number): Promise<void> {
  await client.query(
    `INSERT INTO messages (user_id, content, created_at)
     SELECT 1 + n % $2::integer, 'Message ' || n, now() - n * interval '1 second'
     FROM generate_series(1, $1::integer) n
     WHERE (SELECT count(*) FROM messages) < $1::integer`,
    [count, SEED_USERS],
  );
}

async function replicaCaughtUp({ primary, replica }: Databases): Promise<void> {
  const { rows } = await primary.query<{ readonly position: string }>(
    "SELECT pg_current_wal_lsn() AS position",
  );
  const position = rows[0]?.position;
  const standby = await replica.query<{ readonly yes: boolean }>("SELECT pg_is_in_recovery() AS yes");
  if (standby.rows[0]?.yes !== true) {
    throw new Error("The server of DATABASE_REPLICA_URL is not a replica: it takes writes of its own");
  }
  for (let waitedMs = 0; waitedMs < REPLICA_PATIENCE_MS; waitedMs += REPLICA_POLL_MS) {
    const answer = await replica.query<{ readonly reached: boolean | null }>(
      "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached",
      [position],
    );
    if (answer.rows[0]?.reached === true) return;
    await delay(REPLICA_POLL_MS);
  }
  throw new Error(
    `The replica of DATABASE_REPLICA_URL did not reach the primary's position ${position} within ` +
      `${REPLICA_PATIENCE_MS / 1000} s; is it a replica of the server of DATABASE_URL?`,
  );
}

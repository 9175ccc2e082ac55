/** What a batch saves: the same rows inserted one by one, one by one in a transaction, and in one statement. */

import type { FastifyInstance } from "fastify";
import type pg from "pg";
import type { Databases } from "./databases.js";

interface NewRow {
  readonly name: string;
  readonly email: string;
}

const ROWS_QUERY = {
  type: "object",
  properties: { rows: { type: "integer", minimum: 1, maximum: 1000, default: 100 } },
} as const;

const INSERT_ONE = "INSERT INTO benchmark_rows (name, email) VALUES ($1, $2)";

export function addBenchmarkRoute(app: FastifyInstance, databases: Databases): void {
  app.get<{ Querystring: { readonly rows: number } }>(
    "/benchmark",
    { schema: { querystring: ROWS_QUERY } },
    async ({ query }) => {
      const rows = Array.from({ length: query.rows }, (_, index) => ({
        name: `User ${index}`,
        email: `benchmark${index}@example.com`,
      }));
      const client = await databases.primary.connect();
      try {
        // Seen by this connection alone, so that benchmarks do not meet and nothing is left.
        await client.query("CREATE TEMPORARY TABLE benchmark_rows (name text, email text UNIQUE)");
        const oneByOneMs = await timed(client, () => insertOneByOne(client, rows));
        const oneTransactionMs = await timed(client, () => insertInTransaction(client, rows));
        const oneStatementMs = await timed(client, () => insertTogether(client, rows));
        return {
          rows: query.rows,
          oneByOneMs,
          oneTransactionMs,
          oneStatementMs,
          speedUp: Math.round((oneByOneMs / oneStatementMs) * 10) / 10,
        };
      } finally {
        // Closed, not given back: its table goes with it, whatever state a failure left it in.
        client.release(true);
      }
    },
  );
}

async function insertOneByOne(client: pg.PoolClient, rows: readonly NewRow[]): Promise<void> {
  for (const { name, email } of rows) await client.query(INSERT_ONE, [name, email]);
}

async function insertInTransaction(client: pg.PoolClient, rows: readonly NewRow[]): Promise<void> {
  await client.query("BEGIN");
  await insertOneByOne(client, rows);
  await client.query("COMMIT");
}

async function insertTogether(client: pg.PoolClient, rows: readonly NewRow[]): Promise<void> {
  await client.query("INSERT INTO benchmark_rows SELECT * FROM unnest($1::text[], $2::text[])", [
    rows.map(({ name }) => name),
    rows.map(({ email }) => email),
  ]);
}

/** Milliseconds, to a microsecond; the table is empty before and after. */
async function timed(client: pg.PoolClient, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  const durationMs = performance.now() - startedAt;
  await client.query("TRUNCATE benchmark_rows");
  return Math.round(durationMs * 1000) / 1000;
}

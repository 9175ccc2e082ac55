/** Two pools: the primary takes what changes data, the replica answers what only reads it. */

import pg from "pg";
import { isConnectionFailure } from "./database-problems.js";

export interface DatabaseOptions {
  readonly primaryUrl: string;
  /** The same as `primaryUrl` when there is no replica. */
  readonly replicaUrl: string;
  readonly poolMax: number;
  readonly poolWaitMs: number;
  readonly statementTimeoutMs: number;
}

export interface Databases {
  readonly primary: pg.Pool;
  /** The primary's own pool when there is no replica. */
  readonly replica: pg.Pool;
  /** Rows of a statement that only reads: from the replica, and from the primary while that is unreachable. */
  read<R extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  /** Runs `work` in one transaction on the primary: all of it is kept, or, when it throws, nothing. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The tables live in a schema of their own: a database that others use too is left as it was. */
export const SCHEMA_NAME = "loopscope_users";

const POOL_MIN = 5;
const IDLE_CONNECTION_MS = 300_000;

/**
 * Opens both pools and their first connections: the first requests should not pay for them.
 * @throws Error naming the server that cannot be reached.
 */
export async function openDatabases(options: DatabaseOptions): Promise<Databases> {
  const primary = openPool(options.primaryUrl, options);
  const replica = options.replicaUrl === options.primaryUrl ? primary : openPool(options.replicaUrl, options);
  const pools = replica === primary ? [primary] : [primary, replica];
  const close = async (): Promise<void> => {
    for (const pool of pools) pool.removeAllListeners("error").on("error", () => {});
    await Promise.all(pools.map((pool) => pool.end()));
  };
  try {
    await Promise.all(pools.map((pool) => openFirstConnections(pool, Math.min(POOL_MIN, options.poolMax))));
  } catch (error) {
    await close();
    const reason = error instanceof AggregateError ? error.errors.map(String).join("; ") : String(error);
    throw new Error(`The database of DATABASE_URL cannot be used: ${reason}`);
  }
  return {
    primary,
    replica,
    read: async <R extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await replica.query<R>(sql, [...values])).rows;
      } catch (error) {
        if (replica === primary || !isConnectionFailure(error)) throw error;
        return (await primary.query<R>(sql, [...values])).rows;
      }
    },
    transaction: (work) => inTransaction(primary, work),
    close,
  };
}

function openPool(url: string, options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    min: Math.min(POOL_MIN, options.poolMax),
    max: options.poolMax,
    // Bounded on both sides: waiting for a connection, and holding it with one statement.
    connectionTimeoutMillis: options.poolWaitMs,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: 2 * options.statementTimeoutMs,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    application_name: "loopscope-users",
    options: `-c search_path=${SCHEMA_NAME},public`,
  });
  // An idle connection that the server cuts is replaced at the next use; unheard, it would end the process.
  pool.on("error", (error) => console.error(`An idle database connection was lost: ${error.message}`));
  // So would one that is cut while borrowed, although its query is rejected and tells of it well enough.
  pool.on("connect", (client) => void client.on("error", () => {}));
  return pool;
}

async function openFirstConnections(pool: pg.Pool, count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  for (const client of clients) client.release();
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away, not given to the next caller.
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

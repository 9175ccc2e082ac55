/** The two services that work waits for, asked asynchronously: this is the code of the asynchronous way. */

import { Agent, get } from "node:http";
import pg from "pg";
import type { LabResult } from "./lab-ways.js";

export interface OutsideAddresses {
  readonly downstreamUrl: string;
  readonly databaseUrl: string;
}

export interface OutsideServices {
  /** One request to another service, which takes about 5 ms to answer. */
  callDownstream(): Promise<LabResult>;
  /** One query, whose 5 ms pass in the database. */
  queryDatabase(): Promise<LabResult>;
  close(): Promise<void>;
}

/** Seconds: time in a database that is no work for this machine's processors, like a disk's or a lock's. */
const QUERY_SECONDS = 0.005;

/** @param concurrency connections to each service, at most. */
export function openOutsideServices(addresses: OutsideAddresses, concurrency: number): OutsideServices {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const pool = new pg.Pool({ connectionString: addresses.databaseUrl, max: concurrency });
  pool.on("error", () => {});
  return {
    callDownstream: async () => ({ answerBytes: await answerBytes(addresses.downstreamUrl, agent) }),
    queryDatabase: async () => {
      const { rows } = await pool.query<{ readonly rows: number }>(
        "SELECT count(*)::integer AS rows FROM generate_series(1, 10), pg_sleep($1)",
        [QUERY_SECONDS],
      );
      return { rows: rows[0]?.rows ?? 0 };
    },
    close: async () => {
      agent.destroy();
      await pool.end();
    },
  };
}

function answerBytes(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve(bytes));
      response.on("error", reject);
    }).on("error", reject);
  });
}

/** Who writes most: a query over all messages, cached for everybody. */

import type { FastifyInstance } from "fastify";
import { beginHold } from "../service/fault-log.js";
import { CACHE_TTL_MS, createUnguardedCache } from "./cache-aside.js";
import type { Databases } from "./databases.js";
import type { UsersFaultId } from "./faults.js";
import type { UserCaches } from "./user-caches.js";

interface RankedAuthor {
  readonly id: number;
  readonly name: string;
  readonly messages: number;
}

/** The list is one; so is its key. */
const ONLY_KEY = 1;
/** Short, so that the entry runs out while someone watches. */
const FAULTY_TTL_MS = 1000;
const RANKS = 10;

export function addAuthorRanking(
  app: FastifyInstance,
  databases: Databases,
  caches: UserCaches,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const rank = (): Promise<RankedAuthor[]> => rankAuthors(databases);
  const cache = faults.has("cache-stampede")
    ? createUnguardedCache(logSurplus(rank), FAULTY_TTL_MS)
    : caches.create("authors", rank, CACHE_TTL_MS);
  app.get("/authors", async (_request, reply) => {
    const { value, outcome } = await cache.find(ONLY_KEY);
    reply.header("x-cache", outcome);
    return { authors: value ?? [] };
  });
}

/** What the stampede adds: the queries beside the one that was under way, on the machine of them all. */
function logSurplus<T>(load: () => Promise<T>): () => Promise<T> {
  let underWay = 0;
  return async () => {
    const end =
      underWay === 0
        ? undefined
        : beginHold({ fault: "cache-stampede", by: "rankAuthors", whom: "everyone" });
    underWay += 1;
    try {
      return await load();
    } finally {
      underWay -= 1;
      end?.();
    }
  };
}

function rankAuthors(databases: Databases): Promise<RankedAuthor[]> {
  return databases.read<RankedAuthor & Record<string, unknown>>(
    `SELECT u.id, u.name, count(*)::integer AS messages
     FROM messages m JOIN users u ON u.id = m.user_id
     GROUP BY u.id ORDER BY messages DESC, u.id LIMIT $1`,
    [RANKS],
  );
}

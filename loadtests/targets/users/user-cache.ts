/** Cache-aside: ask the cache, and on a miss the database, and remember its answer for five minutes. */

import { LRUCache } from "lru-cache";
import type { User } from "./user-rows.js";

/** Where an answer came from: the cache, the database, or a query that somebody else had already begun. */
export type CacheOutcome = "hit" | "miss" | "shared";

export interface UserCache {
  /** Undefined when there is no such user; that is not remembered, since one may be registered any moment. */
  find(id: number): Promise<{ readonly user: User | undefined; readonly outcome: CacheOutcome }>;
  /** Remembers what was just written: a replica may not have it yet. */
  remember(user: User): void;
}

type LoadUser = (id: number) => Promise<User | undefined>;

const LIMITS = { max: 10_000, ttl: 300_000 } as const;

/**
 * Faulty: everyone who finds an entry missing goes to the database. When a popular entry runs out, a thousand
 * requests send a thousand equal queries: a stampede, at the worst moment. Here it runs out after `ttlMs`.
 */
export function createUnguardedCache(load: LoadUser, ttlMs: number): UserCache {
  const entries = new LRUCache<number, User>({ ...LIMITS, ttl: ttlMs });
  return {
    find: async (id) => {
      const cached = entries.get(id);
      if (cached !== undefined) return { user: cached, outcome: "hit" };
      const user = await load(id);
      if (user !== undefined) entries.set(id, user);
      return { user, outcome: "miss" };
    },
    remember: (user) => void entries.set(user.id, user),
  };
}

/** Mended: one query for an entry at a time; whoever comes meanwhile waits for its answer. */
export function createSharedCache(load: LoadUser): UserCache {
  const entries = new LRUCache<number, User>({ ...LIMITS, fetchMethod: (id) => load(id) });
  return {
    find: async (id) => {
      const status: LRUCache.Status<number, User> = {};
      const user = await entries.fetch(id, { status });
      const outcome = status.fetch === "hit" ? "hit" : status.fetch === "inflight" ? "shared" : "miss";
      return { user, outcome };
    },
    remember: (user) => void entries.set(user.id, user),
  };
}

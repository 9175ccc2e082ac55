/** Cache-aside: ask the cache, and on a miss the database, and remember its answer for a while. */

import { LRUCache } from "lru-cache";

/** Where an answer came from: the cache, the database, or a query that somebody else had already begun. */
export type CacheOutcome = "hit" | "miss" | "shared";

export interface CacheAside<V> {
  /** Undefined when there is no such thing; that is not remembered, since it may come to be any moment. */
  find(key: number): Promise<{ readonly value: V | undefined; readonly outcome: CacheOutcome }>;
  /** Remembers what was just written: a replica may not have it yet. */
  remember(key: number, value: V): void;
}

/** Asks the database; undefined when there is no such thing. */
export type Load<V> = (key: number) => Promise<V | undefined>;

/** Entries; the least recently used goes when one more comes. */
const MAX_ENTRIES = 10_000;
export const CACHE_TTL_MS = 300_000;

/**
 * Faulty: everyone who finds an entry missing goes to the database. When a popular entry runs out, a thousand
 * requests send a thousand equal queries: a stampede, and the slower the query, the larger.
 */
export function createUnguardedCache<V extends object>(load: Load<V>, ttlMs: number): CacheAside<V> {
  const entries = new LRUCache<number, V>({ max: MAX_ENTRIES, ttl: ttlMs });
  return {
    find: async (key) => {
      const cached = entries.get(key);
      if (cached !== undefined) return { value: cached, outcome: "hit" };
      const value = await load(key);
      if (value !== undefined) entries.set(key, value);
      return { value, outcome: "miss" };
    },
    remember: (key, value) => void entries.set(key, value),
  };
}

/** Mended: one query for an entry at a time; whoever comes meanwhile waits for its answer. */
export function createSharedCache<V extends object>(load: Load<V>, ttlMs: number): CacheAside<V> {
  const entries = new LRUCache<number, V>({
    max: MAX_ENTRIES,
    ttl: ttlMs,
    fetchMethod: (key) => load(key),
  });
  return {
    find: async (key) => {
      const status: LRUCache.Status<number, V> = {};
      const value = await entries.fetch(key, { status });
      const outcome = status.fetch === "hit" ? "hit" : status.fetch === "inflight" ? "shared" : "miss";
      return { value, outcome };
    },
    remember: (key, value) => void entries.set(key, value),
  };
}

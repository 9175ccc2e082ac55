import type { Redis } from "ioredis";
import type { CacheAside, Load } from "./cache-aside.js";

/**
 * Cache-aside in Redis: what one service has read from the database, its siblings find. One query for an
 * entry at a time from each service; whoever comes meanwhile waits for its answer. Without Redis the service
 * is slower, not broken: every miss goes to the database, still one at a time.
 */
export function createRedisCache<V extends object>(
  redis: Redis,
  name: string,
  load: Load<V>,
  ttlMs: number,
): CacheAside<V> {
  const underWay = new Map<number, Promise<{ value: V | undefined; outcome: "hit" | "miss" }>>();

  async function read(key: number): Promise<V | undefined> {
    try {
      const text = await redis.get(`${name}:${key}`);
      return text === null ? undefined : (JSON.parse(text) as V);
    } catch {
      return undefined;
    }
  }

  async function write(key: number, value: V): Promise<void> {
    try {
      await redis.set(`${name}:${key}`, JSON.stringify(value), "PX", ttlMs);
    } catch {
      // The answer is right all the same; the next request asks the database again.
    }
  }

  async function readOrLoad(key: number): Promise<{ value: V | undefined; outcome: "hit" | "miss" }> {
    const cached = await read(key);
    if (cached !== undefined) return { value: cached, outcome: "hit" };
    const value = await load(key);
    if (value !== undefined) await write(key, value);
    return { value, outcome: "miss" };
  }

  return {
    find: async (key) => {
      const begun = underWay.get(key);
      if (begun !== undefined) {
        const { value, outcome } = await begun;
        return { value, outcome: outcome === "hit" ? "hit" : "shared" };
      }
      const beginning = readOrLoad(key);
      underWay.set(key, beginning);
      try {
        return await beginning;
      } finally {
        underWay.delete(key);
      }
    },
    remember: (key, value) => void write(key, value),
  };
}

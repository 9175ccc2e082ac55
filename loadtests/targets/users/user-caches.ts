/** Where the caches of this service are kept: in its own memory, or in a Redis that its siblings share. */

import { connectRedis } from "../service/connect-redis.js";
import { type CacheAside, createSharedCache, type Load } from "./cache-aside.js";
import { createRedisCache } from "./redis-cache.js";

export interface UserCaches {
  /**
   * @param name tells the entries of one cache from another's.
   * @param ttlMs how long an entry is good for.
   */
  create<V extends object>(name: string, load: Load<V>, ttlMs: number): CacheAside<V>;
  close(): void;
}

/**
 * @param redisUrl undefined keeps everything in memory.
 * @throws Error when that Redis cannot be reached at the start; later it may come and go.
 */
export async function openUserCaches(redisUrl: string | undefined): Promise<UserCaches> {
  if (redisUrl === undefined) {
    return { create: (_name, load, ttlMs) => createSharedCache(load, ttlMs), close: () => undefined };
  }
  const redis = await connectRedis(redisUrl, "loopscope:users:");
  return {
    create: (name, load, ttlMs) => createRedisCache(redis, name, load, ttlMs),
    close: () => redis.disconnect(),
  };
}

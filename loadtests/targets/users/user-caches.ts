/** Where the caches of this service are kept: in its own memory, or in a Redis that its siblings share. */

import { Redis } from "ioredis";
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

/** A cache that does not answer must not hold the requests that it was meant to make faster. */
const COMMAND_TIMEOUT_MS = 500;

/**
 * @param redisUrl undefined keeps everything in memory.
 * @throws Error when that Redis cannot be reached at the start; later it may come and go.
 */
export async function openUserCaches(redisUrl: string | undefined): Promise<UserCaches> {
  if (redisUrl === undefined) {
    return { create: (_name, load, ttlMs) => createSharedCache(load, ttlMs), close: () => undefined };
  }
  const redis = new Redis(redisUrl, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    keyPrefix: "loopscope:users:",
    lazyConnect: true,
  });
  // Without a listener a lost connection would be an uncaught exception; ioredis comes back by itself.
  redis.on("error", (error: Error) => console.error(`redis: ${error.message}`));
  await redis.connect().catch((error: unknown) => {
    redis.disconnect();
    throw new Error(`REDIS_URL names no Redis that answers (${String(error)})`);
  });
  return {
    create: (name, load, ttlMs) => createRedisCache(redis, name, load, ttlMs),
    close: () => redis.disconnect(),
  };
}

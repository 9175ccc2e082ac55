import { Redis } from "ioredis";

/** A store that does not answer must not hold the requests that it was meant to make faster. */
const COMMAND_TIMEOUT_MS = 500;

/**
 * A connection for what a service could do without: a command fails after half a second, and at once while
 * there is no connection.
 *
 * @param keyPrefix put before every key.
 * @throws Error when Redis cannot be reached at the start; later it may come and go.
 */
export async function connectRedis(url: string, keyPrefix: string): Promise<Redis> {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    keyPrefix,
    lazyConnect: true,
  });
  // Without a listener a lost connection would be an uncaught exception; ioredis comes back by itself.
  redis.on("error", (error: Error) => console.error(`redis: ${error.message}`));
  await redis.connect().catch((error: unknown) => {
    redis.disconnect();
    throw new Error(`REDIS_URL names no Redis that answers (${String(error)})`);
  });
  return redis;
}

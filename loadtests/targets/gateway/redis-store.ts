import { Redis } from "ioredis";
import type { GatewayStore, StoredResponse } from "./gateway-store.js";

const PREFIX = "loopscope:gateway:";
/** A store that does not answer must not hold the requests that it was meant to make faster. */
const COMMAND_TIMEOUT_MS = 500;

// One script, so that no other gateway's request comes between the count and its expiry.
const COUNT_SCRIPT = `
local count = redis.call("INCR", KEYS[1])
if count == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return { count, redis.call("PTTL", KEYS[1]) }`;

/**
 * Shared by all gateways that use the same Redis.
 * @throws Error when Redis cannot be reached at the start; later it may come and go.
 */
export async function createRedisStore(url: string): Promise<GatewayStore> {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    // Without a connection a command fails at once: the gateway has an answer to that, and waiting is none.
    enableOfflineQueue: false,
    keyPrefix: PREFIX,
    lazyConnect: true,
  });
  // Without a listener a lost connection would be an uncaught exception; ioredis comes back by itself.
  redis.on("error", (error: Error) => console.error(`redis: ${error.message}`));
  await redis.connect().catch((error: unknown) => {
    redis.disconnect();
    throw new Error(`REDIS_URL names no Redis that answers (${String(error)})`);
  });
  return {
    countRequest: async (client, windowMs) => {
      const answer = (await redis.eval(COUNT_SCRIPT, 1, `rate:${client}`, windowMs)) as [number, number];
      return { count: answer[0], windowEndsInMs: answer[1] };
    },
    findResponse: async (key) => {
      const bytes = await redis.getBuffer(`response:${key}`);
      return bytes === null ? null : fromBytes(bytes);
    },
    keepResponse: async (key, response, keepMs) => {
      await redis.set(`response:${key}`, toBytes(response), "PX", keepMs);
    },
    close: async () => {
      redis.disconnect();
    },
  };
}

/** A line of JSON, then the body as it is. */
function toBytes({ status, headers, storedAt, body }: StoredResponse): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ status, headers, storedAt })}\n`), body]);
}

function fromBytes(bytes: Buffer): StoredResponse {
  const end = bytes.indexOf("\n");
  const head = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<StoredResponse, "body">;
  return { ...head, body: bytes.subarray(end + 1) };
}

import { connectRedis } from "../service/connect-redis.js";
import type { GatewayStore, StoredResponse } from "./gateway-store.js";

const PREFIX = "loopscope:gateway:";
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
  const redis = await connectRedis(url, PREFIX);
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

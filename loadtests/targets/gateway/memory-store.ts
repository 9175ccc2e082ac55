import { LRUCache } from "lru-cache";
import { monotonicMs } from "../../src/clock.js";
import type { GatewayStore, StoredResponse } from "./gateway-store.js";

const MAX_CLIENTS = 100_000;
const MAX_CACHE_BYTES = 64 * 1024 * 1024;
/** What an entry costs beside its body; a guess. */
const ENTRY_BYTES = 1_024;

interface Window {
  count: number;
  readonly endsAtMs: number;
}

/**
 * One process's memory. Counting is atomic because nothing else runs between reading and writing a
 * number.
 */
export function createMemoryStore(): GatewayStore {
  const windows = new LRUCache<string, Window>({ max: MAX_CLIENTS });
  const responses = new LRUCache<string, StoredResponse>({
    maxSize: MAX_CACHE_BYTES,
    sizeCalculation: (response, key) => response.body.length + key.length + ENTRY_BYTES,
  });
  return {
    countRequest: async (client, windowMs) => {
      const nowMs = monotonicMs();
      let window = windows.get(client);
      if (window === undefined || window.endsAtMs <= nowMs) {
        window = { count: 0, endsAtMs: nowMs + windowMs };
        windows.set(client, window);
      }
      window.count += 1;
      return { count: window.count, windowEndsInMs: Math.min(windowMs, window.endsAtMs - nowMs) };
    },
    findResponse: async (key) => responses.get(key) ?? null,
    keepResponse: async (key, response, keepMs) => {
      responses.set(key, response, { ttl: keepMs });
    },
    close: async () => {
      responses.clear();
      windows.clear();
    },
  };
}

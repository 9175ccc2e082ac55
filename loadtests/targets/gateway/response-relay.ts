import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { epochMs } from "../../src/clock.js";
import { beginHold } from "../service/fault-log.js";
import { endToEndHeaders } from "./forwarded-headers.js";
import type { StoredResponse } from "./gateway-store.js";
import { type CacheFill, isShareable } from "./response-cache.js";

/** Larger answers pass through uncached: the cache is for the many small ones. */
const MAX_CACHED_BYTES = 1024 * 1024;

/**
 * Fault `json-proxying`: the body is gathered, parsed and written again ("to be sure that it is JSON"), for a
 * gateway that only had to pass it on. Both hold the event loop for as long as the answer is large.
 */
export async function relayThroughJson(upstream: IncomingMessage): Promise<string> {
  const body = await text(upstream);
  // Until the loop turns again: giving the text away is part of it.
  setImmediate(beginHold({ fault: "json-proxying", by: "relayThroughJson", whom: "everyone" }));
  return JSON.stringify(JSON.parse(body) as unknown);
}

/** Passes the body on and keeps a copy for the cache, when it may be shared and is small enough. */
export function relayForCache(upstream: IncomingMessage, fill: CacheFill): IncomingMessage | Transform {
  const status = upstream.statusCode ?? 502;
  const headers = endToEndHeaders(upstream.headers);
  const declaredBytes = Number(headers["content-length"] ?? 0);
  if (!isShareable(status, headers) || declaredBytes > MAX_CACHED_BYTES) {
    fill.giveUp();
    return upstream;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  const copy = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= MAX_CACHED_BYTES) chunks.push(chunk);
      else {
        chunks.length = 0;
        fill.giveUp();
      }
      done(null, chunk);
    },
    flush(done) {
      const response: StoredResponse = { status, headers, storedAt: epochMs(), body: Buffer.concat(chunks) };
      if (bytes > MAX_CACHED_BYTES) done();
      else void fill.keep(response).then(() => done());
    },
  });
  upstream.once("error", (error) => copy.destroy(error));
  // Half an answer is none: neither for the cache nor for those who wait.
  copy.once("close", () => {
    fill.giveUp();
    upstream.destroy();
  });
  return upstream.pipe(copy);
}

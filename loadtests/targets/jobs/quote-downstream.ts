/**
 * The service that quotes come from, when no other is named: as slow and as unreliable as it is asked to be.
 * Runs in a worker thread.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

const MAX_KEYS = 10_000;
const failuresByKey = new Map<string, number>();

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const key = searchParams.get("key") ?? "";
  const fails = failsNow(key, Number(searchParams.get("failFirst")));
  void delay(Number(searchParams.get("delayMs"))).then(() => {
    response.writeHead(fails ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ key, price: 42 }));
  });
});
server.listen(0, "127.0.0.1", () => {
  parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

/** The first `failFirst` calls with a key fail. */
function failsNow(key: string, failFirst: number): boolean {
  const failed = failuresByKey.get(key) ?? 0;
  if (failed >= failFirst) return false;
  if (failuresByKey.size >= MAX_KEYS) failuresByKey.clear();
  failuresByKey.set(key, failed + 1);
  return true;
}

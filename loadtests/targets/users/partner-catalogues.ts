/** Two small partner services on one port. Runs in a worker thread; tells its URL in one message. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

/** Milliseconds that each takes to answer: what a network and somebody else's database would. */
const ANSWER_TIME_MS: Readonly<Record<string, number>> = { north: 5, south: 15 };
const PRODUCTS_EACH = 25;

const server = createServer(async (request, response) => {
  const partner = (request.url ?? "/").slice(1);
  const answerTimeMs = ANSWER_TIME_MS[partner];
  if (answerTimeMs === undefined) {
    response.writeHead(404).end();
    return;
  }
  await delay(answerTimeMs);
  const products = Array.from({ length: PRODUCTS_EACH }, (_, index) => ({
    name: `${partner} product ${index + 1}`,
    priceCents: 500 + index * 25,
  }));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(products));
});

server.listen(0, "127.0.0.1", () => {
  parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

/** Another service, to be called. Runs in a worker thread; tells its URL in one message. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";

const ANSWER_MS = 5;
const ANSWER = JSON.stringify({ price: 12.5, currency: "EUR" });

const server = createServer((_request, response) => {
  setTimeout(() => response.end(ANSWER), ANSWER_MS);
});

server.listen(0, "127.0.0.1", () => {
  parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

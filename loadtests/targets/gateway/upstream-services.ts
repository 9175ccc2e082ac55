/**
 * The three services behind the gateway, when no others are named. Runs in a worker thread, so that what
 * they do is not mistaken for what the gateway does. `?delayMs=` and `?status=` make them slow or broken
 * on demand.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

const SERVICES = ["users", "orders", "products"] as const;
const ITEMS_PER_PAGE = 600;
const PAGES = 100;
const catalogue = Buffer.from(makeCatalogue());
let calls = 0;

const addresses: Record<string, string[]> = {};
for (const name of SERVICES) addresses[name] = [await listen(name)];
parentPort?.postMessage(addresses);

function listen(name: string): Promise<string> {
  const server = createServer((request, response) => void answer(name, request, response));
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  calls += 1;
  const url = new URL(request.url ?? "/", "http://localhost");
  const status = Number(url.searchParams.get("status") ?? (request.method === "POST" ? 201 : 200));
  request.resume();
  await delay(Number(url.searchParams.get("delayMs") ?? 2));
  const headers = { "content-type": "application/json" };
  if (url.pathname.endsWith("/catalogue")) {
    response.writeHead(status, headers).end(catalogue);
    return;
  }
  const body = { service: name, path: url.pathname, method: request.method, call: calls };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/**
 * Ten megabytes of JSON. Made of one page many times over: a service that answers fast is not the subject
 * here.
 */
function makeCatalogue(): string {
  const page = Array.from({ length: ITEMS_PER_PAGE }, (_, id) => ({
    id,
    name: `Product ${id}`,
    priceCents: (id * 37) % 10_000,
    tags: ["shop", id % 2 === 0 ? "even" : "odd"],
    description: "Something that one might want to have, described at some length.",
  }));
  const items = JSON.stringify(page).slice(1, -1);
  return `[${new Array(PAGES).fill(items).join(",")}]`;
}

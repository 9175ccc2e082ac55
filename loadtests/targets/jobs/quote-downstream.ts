import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const MAX_KEYS = 10_000;

/** The service that quotes come from, when no other is named: as slow and as unreliable as it is asked to be. */
export async function startQuoteDownstream(): Promise<{ url: string; close(): Promise<void> }> {
  const failures = new Map<string, number>();
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const failFirst = Number(searchParams.get("failFirst"));
    const key = searchParams.get("key") ?? "";
    const failed = failures.get(key) ?? 0;
    if (failures.size >= MAX_KEYS) failures.clear();
    if (failed < failFirst) failures.set(key, failed + 1);
    void delay(Number(searchParams.get("delayMs"))).then(() => {
      response.writeHead(failed < failFirst ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ key, price: 42 }));
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

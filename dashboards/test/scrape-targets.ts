/** Several instances of a pretended service, each on a port of its own, serving the catalogue's exposition. */
import { createServer, type Server } from "node:http";
import { catalogueExposition, type ExpositionShape } from "./catalogue-exposition.js";

export interface ScrapeTargets {
  readonly addresses: readonly string[];
  close(): void;
}

export async function startScrapeTargets(instances: number, shape: ExpositionShape): Promise<ScrapeTargets> {
  const startSeconds = Date.now() / 1000;
  const servers: Server[] = [];
  const addresses: string[] = [];
  for (let index = 0; index < instances; index++) {
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(catalogueExposition(shape, Date.now() / 1000 - startSeconds, startSeconds));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    servers.push(server);
    addresses.push(`127.0.0.1:${address.port}`);
  }
  return {
    addresses,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

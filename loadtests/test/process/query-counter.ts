/** A proxy in front of PostgreSQL that counts what clients ask of it. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface QueryCounter {
  /** The database's URL, through the proxy. */
  readonly url: string;
  /** Statements sent so far: simple ones, and executions of parsed ones. */
  queries(): number;
  stop(): Promise<void>;
}

const SIMPLE_QUERY = 0x51;
const EXECUTE = 0x45;
/** Type and length, as the protocol's "Message Formats" have it; the first message of a connection has no type. */
const HEADER_BYTES = 5;

export async function countQueries(databaseUrl: string): Promise<QueryCounter> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let queries = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const count = messageReader((type) => {
      if (type === SIMPLE_QUERY || type === EXECUTE) queries++;
    });
    client.on("data", count);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    queries: () => queries,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Tells the type of each message of one connection, however its bytes are cut. */
function messageReader(onMessage: (type: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const typeBytes = started ? 1 : 0;
      if (rest.length < HEADER_BYTES) return;
      const length = rest.readUInt32BE(typeBytes) + typeBytes;
      if (rest.length < length) return;
      if (started) onMessage(rest[0] ?? 0);
      started = true;
      rest = rest.subarray(length);
    }
  };
}

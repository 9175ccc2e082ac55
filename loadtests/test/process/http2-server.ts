/** An HTTP/2 server of node:http2 for tests, which counts what it gets. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { fixturePath } from "./embedded-runs.js";

export const certificate = {
  key: readFileSync(fixturePath("self-signed-key.pem")),
  cert: readFileSync(fixturePath("self-signed-cert.pem")),
};

/** Answers one request. @param index of the request over all connections, from 0 */
export type Http2Behaviour = (stream: http2.ServerHttp2Stream, path: string, index: number) => void;

export interface Http2Server {
  readonly url: string;
  seen(): number;
  connections(): number;
  /** The most requests that were open at once on one connection. */
  mostAtOnce(): number;
  stop(): Promise<void>;
}

export async function serveHttp2(
  behave: Http2Behaviour,
  options: http2.SecureServerOptions = {},
): Promise<Http2Server> {
  let seen = 0;
  let connections = 0;
  let mostAtOnce = 0;
  const server = http2.createSecureServer({ ...certificate, ...options });
  const sockets = new Set<Socket>();
  // Destroying a session leaves its socket behind where a request was answered before it was whole.
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    connections++;
    let open = 0;
    session.on("error", () => {});
    session.on("stream", (stream, headers) => {
      mostAtOnce = Math.max(mostAtOnce, ++open);
      stream.on("close", () => open--);
      stream.on("error", () => {});
      behave(stream, String(headers[":path"]), seen++);
    });
  });
  // HTTP/1.1 has no streams. Only where it is allowed: with this listener Node answers streams, too, through its
  // compatibility layer, which sends trailers of its own.
  if (options.allowHTTP1 === true) {
    server.on("request", (request, response) => {
      if (request.httpVersionMajor === 1) response.end(request.url);
    });
  }
  server.on("sessionError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    connections: () => connections,
    mostAtOnce: () => mostAtOnce,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A whole and proper reply. */
export function answer(stream: http2.ServerHttp2Stream, body: string): void {
  stream.respond({ ":status": 200, "content-length": Buffer.byteLength(body) });
  stream.end(body);
}

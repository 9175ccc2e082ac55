/** A TCP server that speaks as much HTTP as a test wants it to. */

import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { certificate } from "./http2-server.js";

/** Answers one request. @param index of the request over all connections, from 0 */
export type Behaviour = (socket: net.Socket, path: string, index: number) => void;

export interface MisbehavingServer {
  readonly url: string;
  /** Requests whose head arrived whole. */
  seen(): number;
  connections(): number;
  stop(): Promise<void>;
}

/** @param secure behind TLS, without HTTP/2 */
export async function serveMisbehaving(behave: Behaviour, secure = false): Promise<MisbehavingServer> {
  let seen = 0;
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket) => {
    connections++;
    sockets.add(socket);
    let text = "";
    let bodyLeft = 0;
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (;;) {
        const skipped = Math.min(bodyLeft, text.length);
        text = text.slice(skipped);
        bodyLeft -= skipped;
        const end = text.indexOf("\r\n\r\n");
        if (bodyLeft > 0 || end === -1) return;
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        bodyLeft = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        behave(socket, head.split(" ")[1] ?? "", seen++);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };
  const server = secure ? tls.createServer(certificate, serve) : net.createServer(serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http${secure ? "s" : ""}://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    seen: () => seen,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A whole and proper reply. */
export function reply(body: string, extraHeaders = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${extraHeaders}\r\n${body}`;
}

/** Writes byte by byte, each in a packet of its own. */
export function writeSlowly(socket: net.Socket, content: string | Buffer): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  let position = 0;
  const next = () => {
    if (position >= bytes.length || socket.destroyed) return;
    socket.write(bytes.subarray(position, ++position));
    setImmediate(next);
  };
  socket.setNoDelay(true);
  next();
}

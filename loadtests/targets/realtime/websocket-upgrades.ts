import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** Larger messages end their connection with close code 1009. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const CLOSE_GOING_AWAY = 1001;

export type SocketHandler = (socket: WebSocket, url: URL) => void;

/**
 * Takes WebSocket connections on `server` and hands each to the handler of its path; others get a 404.
 * @param maxConnections the next one gets a 503.
 */
export function acceptWebSockets(
  server: Server,
  maxConnections: number,
  handlers: Readonly<Record<string, SocketHandler>>,
): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on("upgrade", (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const handler = handlers[url.pathname];
    if (handler === undefined) return refuse(connection, "404 Not Found");
    if (sockets.clients.size >= maxConnections) return refuse(connection, "503 Service Unavailable");
    sockets.handleUpgrade(request, connection, head, (socket) => {
      // A connection that breaks is an event of the network, not a reason to end the process.
      socket.on("error", () => undefined);
      sockets.emit("connection", socket, request);
      handler(socket, url);
    });
  });
  return sockets;
}

function refuse(connection: Duplex, status: string): void {
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Says goodbye to everyone; whoever does not answer in time is cut off. */
export async function closeWebSockets(sockets: WebSocketServer, graceMs: number): Promise<void> {
  for (const socket of sockets.clients) socket.close(CLOSE_GOING_AWAY, "the service is shutting down");
  const closed = [...sockets.clients].map(
    (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
  );
  const timer = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
  }, graceMs);
  await Promise.all(closed);
  clearTimeout(timer);
}

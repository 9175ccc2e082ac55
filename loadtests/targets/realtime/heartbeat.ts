import type { WebSocket, WebSocketServer } from "ws";

/**
 * Asks every client for a sign of life and ends the connections of those that gave none since the last time:
 * a client whose network is gone never closes by itself.
 * @returns stops asking.
 */
export function startHeartbeat(server: WebSocketServer, intervalMs: number, onLost: () => void): () => void {
  const silent = new WeakSet<WebSocket>();
  server.on("connection", (socket) => {
    const alive = () => silent.delete(socket);
    socket.on("pong", alive);
    socket.on("message", alive);
  });
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (silent.has(socket)) {
        onLost();
        socket.terminate();
      } else {
        silent.add(socket);
        socket.ping();
      }
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

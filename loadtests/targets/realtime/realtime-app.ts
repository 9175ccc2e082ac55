import Fastify, { type FastifyInstance } from "fastify";
import type { WebSocketServer } from "ws";
import { logHolds } from "../service/fault-log.js";
import { answerWithProblems } from "../service/problem-details.js";
import { createAnnouncements } from "./announcements.js";
import { addDashboard } from "./dashboard-routes.js";
import { serveFiguresSocket } from "./figures-socket.js";
import { FiguresStream } from "./figures-stream.js";
import { startHeartbeat } from "./heartbeat.js";
import { broadcastChatty, broadcastOnce } from "./room-broadcast.js";
import { RoomHub } from "./room-hub.js";
import { serveRoomSocket } from "./room-socket.js";
import { openServiceFigures } from "./service-figures.js";
import { acceptWebSockets, closeWebSockets } from "./websocket-upgrades.js";

export interface RealtimeSettings {
  /** One fault of `faults.ts`, or null for the mended service. */
  readonly fault: string | null;
  readonly heartbeatMs: number;
  readonly presenceMs: number;
  readonly maxBufferedBytes: number;
  readonly maxConnections: number;
}

const CLOSE_GRACE_MS = 2_000;

/** Rooms on `/ws?room=`, figures on `/realtime`, and the pages and numbers beside them. */
export async function buildRealtimeApp(settings: RealtimeSettings): Promise<FastifyInstance> {
  const app = Fastify();
  answerWithProblems(app);
  const counts = { receivedMessages: 0, sentMessages: 0, droppedSlow: 0, lostHeartbeats: 0 };
  const announcements = createAnnouncements();
  const broadcast =
    settings.fault === "chatty-broadcast"
      ? logHolds({ fault: "chatty-broadcast", whom: "everyone" }, broadcastChatty)
      : broadcastOnce;
  const hub = new RoomHub(broadcast, settings.presenceMs);
  const stream = new FiguresStream(openServiceFigures(() => sockets.clients.size));
  const roomSettings = {
    hub,
    announcements,
    counts,
    maxBufferedBytes: settings.maxBufferedBytes,
    leakListeners: settings.fault === "emitter-leak",
  };
  const sockets: WebSocketServer = acceptWebSockets(app.server, settings.maxConnections, {
    "/ws": (socket, url) => serveRoomSocket(socket, url.searchParams.get("room") ?? "general", roomSettings),
    "/realtime": (socket) => serveFiguresSocket(socket, stream),
  });
  const stopHeartbeat = startHeartbeat(sockets, settings.heartbeatMs, () => {
    counts.lostHeartbeats += 1;
  });

  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/stats", async () => ({
    connections: sockets.clients.size,
    rooms: hub.sizes(),
    listeners: announcements.listenerCount("announcement"),
    stream: { running: stream.running, subscribers: stream.subscribers },
    ...counts,
  }));
  app.post<{ Body: { text: string } }>(
    "/announcements",
    { schema: { body: { type: "object", required: ["text"], properties: { text: { type: "string" } } } } },
    async (request, reply) => {
      announcements.emit("announcement", request.body.text);
      return reply.status(202).send({ told: announcements.listenerCount("announcement") });
    },
  );
  await addDashboard(app);
  app.addHook("preClose", async () => {
    stopHeartbeat();
    // A WebSocket is a request that never ends: the listener would wait for it for good.
    await closeWebSockets(sockets, CLOSE_GRACE_MS);
  });
  return app;
}

/** One route for each work and way: `GET /<work>/<way>`. */

import { type FastifyInstance, fastify } from "fastify";
import type { Piscina } from "piscina";
import { type WebSocket, WebSocketServer } from "ws";
import { answerWithProblems } from "../service/problem-details.js";
import { broadcastInOneGo, broadcastInSlices } from "./broadcast.js";
import { countPrimesInOneGo, countPrimesInSlices } from "./computation.js";
import { storeRecord, storeRecordSync } from "./file-write.js";
import { addUsageRoute } from "./lab-usage.js";
import { LAB_WAYS, LAB_WORKS, type LabRoutes, type LabWork } from "./lab-ways.js";
import type { OutsideServices } from "./outside-services.js";
import type { WaitingCaller } from "./waiting-caller.js";

export interface LabParts {
  readonly outside: OutsideServices;
  readonly caller: WaitingCaller;
  readonly threads: Piscina;
  /** Where records are written. */
  readonly folder: string;
}

export function buildLabApp(parts: LabParts): FastifyInstance {
  const app = fastify();
  answerWithProblems(app);
  const subscribers = acceptSubscribers(app);
  const works = labWorks(parts, subscribers);
  for (const work of LAB_WORKS) {
    for (const way of LAB_WAYS) app.get(`/${work}/${way}`, async () => works[work][way]());
  }
  addUsageRoute(app);
  app.get("/subscribers", async () => ({ subscribers: subscribers.size }));
  return app;
}

/** The three ways of each work, side by side. */
function labWorks(
  parts: LabParts,
  subscribers: ReadonlySet<WebSocket>,
): Readonly<Record<LabWork, LabRoutes>> {
  const { outside, caller, threads, folder } = parts;
  return {
    "http-call": {
      blocking: () => caller.callAndWait("callDownstream"),
      threads: () => threads.run("callDownstream", { name: "callAndWait" }),
      asynchronous: () => outside.callDownstream(),
    },
    "database-query": {
      blocking: () => caller.callAndWait("queryDatabase"),
      threads: () => threads.run("queryDatabase", { name: "callAndWait" }),
      asynchronous: () => outside.queryDatabase(),
    },
    "file-write": {
      blocking: () => storeRecordSync(folder),
      threads: () => threads.run(folder, { name: "writeFile" }),
      asynchronous: () => storeRecord(folder),
    },
    broadcast: {
      blocking: () => broadcastInOneGo(subscribers),
      threads: () => broadcastInSlices(subscribers, () => threads.run(undefined, { name: "compose" })),
      asynchronous: () => broadcastInSlices(subscribers),
    },
    computation: {
      blocking: () => countPrimesInOneGo(),
      threads: () => threads.run(undefined, { name: "compute" }),
      asynchronous: () => countPrimesInSlices(),
    },
  };
}

function acceptSubscribers(app: FastifyInstance): ReadonlySet<WebSocket> {
  const subscribers = new Set<WebSocket>();
  const sockets = new WebSocketServer({ server: app.server, path: "/subscribe", perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    subscribers.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => subscribers.delete(socket));
  });
  app.addHook("preClose", async () => {
    for (const socket of subscribers) socket.terminate();
    sockets.close();
  });
  return subscribers;
}

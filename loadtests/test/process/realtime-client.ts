import { once } from "node:events";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import { type RunningTarget, startTarget } from "./start-target.js";

export interface Heard {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A WebSocket client that remembers what it heard. */
export class Listener {
  readonly socket: WebSocket;
  readonly heard: Heard[] = [];
  /** Bytes of the text messages. */
  heardBytes = 0;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting: { wanted: (message: Heard) => boolean; found: (message: Heard) => void }[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url.replace(/^http/, "ws"));
    this.socket.on("message", (data) => {
      const text = data.toString();
      this.heardBytes += text.length;
      const message = JSON.parse(text) as Heard;
      this.heard.push(message);
      for (const [index, { wanted, found }] of [...this.#waiting.entries()].reverse()) {
        if (!wanted(message)) continue;
        this.#waiting.splice(index, 1);
        found(message);
      }
    });
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on("error", () => undefined);
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, "open");
    return this;
  }

  /** The first message heard that is wanted, past or to come. */
  hears(wanted: (message: Heard) => boolean): Promise<Heard> {
    const past = this.heard.find(wanted);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((found) => {
      this.#waiting.push({ wanted, found });
    });
  }

  hearsType(type: string): Promise<Heard> {
    return this.hears((message) => message.type === type);
  }

  say(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }
}

export async function startRealtime(
  context: TestContext,
  environment: Record<string, string> = {},
): Promise<RunningTarget> {
  const target = await startTarget("realtime", { environment });
  context.after(() => target.stop("SIGKILL"));
  return target;
}

/** A client that has been welcomed in the room. */
export async function enterRoom(
  context: TestContext,
  target: RunningTarget,
  room: string,
): Promise<Listener> {
  const client = new Listener(`${target.url}/ws?room=${room}`);
  context.after(() => client.socket.terminate());
  await client.hearsType("welcome");
  return client;
}

/** Fills a room with clients that read and remember nothing. */
export async function crowd(
  context: TestContext,
  target: RunningTarget,
  members: number,
): Promise<WebSocket[]> {
  const sockets = Array.from(
    { length: members },
    () => new WebSocket(`${target.url.replace(/^http/, "ws")}/ws?room=crowd`),
  );
  context.after(() => {
    for (const socket of sockets) socket.terminate();
  });
  for (const socket of sockets) socket.on("error", () => undefined);
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  return sockets;
}

export interface RealtimeStats {
  readonly connections: number;
  readonly rooms: Record<string, number>;
  readonly listeners: number;
  readonly stream: { running: boolean; subscribers: number };
  readonly sentMessages: number;
  readonly droppedSlow: number;
  readonly lostHeartbeats: number;
}

export async function realtimeStats(target: RunningTarget): Promise<RealtimeStats> {
  return (await (await fetch(`${target.url}/stats`)).json()) as RealtimeStats;
}

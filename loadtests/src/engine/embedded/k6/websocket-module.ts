/** `k6/websockets` for one virtual user, on ws: the browser's WebSocket, and an iteration that lasts until it closes. */

import { createRequire } from "node:module";
import type { WebSocket as Connection } from "ws";
import { epochMs, monotonicMs } from "../../../clock.js";
import type { Tags } from "../../../measure/metric.js";
import type { VirtualUser } from "../run/virtual-user.js";
import type { Wait } from "../run/waits.js";
import { textTags } from "./core-module.js";
import { arrayBufferOf, bytesFromScript } from "./script-bytes.js";

type Listener = (event: Readonly<Record<string, unknown>>) => unknown;
const EVENTS = ["open", "message", "close", "error", "ping", "pong"] as const;
type EventName = (typeof EVENTS)[number];

export function createWebSocketModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  return {
    Blob,
    WebSocket: class WebSocket extends ScriptWebSocket {
      constructor(url: unknown, protocols?: unknown, params?: unknown) {
        super(user, url, protocols, params);
      }
    },
  };
}

class ScriptWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly url: string;
  binaryType = "blob";
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onclose: Listener | null = null;
  onerror: Listener | null = null;
  onping: Listener | null = null;
  onpong: Listener | null = null;
  readonly #user: VirtualUser;
  readonly #tags: Tags;
  readonly #connection: Connection;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #startedAtMs = monotonicMs();
  readonly #pingsAtMs: number[] = [];
  #isOpened = false;

  constructor(user: VirtualUser, url: unknown, protocols: unknown, params: unknown) {
    user.checkInterrupted();
    if (user.stage === "init") throw new Error("a WebSocket cannot be opened in the init code");
    this.url = String(url);
    if (!/^wss?:\/\//.test(this.url) || !URL.canParse(this.url)) {
      throw new SyntaxError(
        `invalid WebSocket URL ${JSON.stringify(this.url)}: it must begin with ws:// or wss://`,
      );
    }
    this.#user = user;
    const { headers, tags } = (params ?? {}) as { headers?: unknown; tags?: unknown };
    this.#tags = { ...user.sampleTags(textTags(tags)), url: this.url };
    const offered = protocols === undefined || protocols === null ? [] : [protocols].flat().map(String);
    this.#connection = new (connectionClass())(this.url, offered, {
      headers: { "User-Agent": user.run.options.userAgent, ...textTags(headers) },
      rejectUnauthorized: !user.run.options.insecureSkipTLSVerify,
      perMessageDeflate: false,
    });
    this.#follow();
  }

  get readyState(): number {
    return this.#connection.readyState;
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  get protocol(): string {
    return this.#connection.protocol;
  }

  addEventListener(event: string, listener: Listener): void {
    if (!EVENTS.includes(event as EventName)) {
      throw new Error(`a WebSocket has the events ${EVENTS.join(", ")}, got ${JSON.stringify(event)}`);
    }
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  send(data: unknown): void {
    if (this.readyState !== ScriptWebSocket.OPEN)
      throw new Error("the WebSocket is not open: send after its open event");
    this.#connection.send(typeof data === "string" ? data : bytesFromScript(data, "a message"));
    this.#user.run.builtin.wsMessagesSent.add(1, this.#tags);
  }

  ping(): void {
    this.#pingsAtMs.push(monotonicMs());
    this.#connection.ping();
  }

  close(code?: number, reason?: string): void {
    this.#connection.close(code ?? 1000, reason);
  }

  #follow(): void {
    const connection = this.#connection;
    const { builtin } = this.#user.run;
    const { timers, waits } = this.#user;
    const wait: Wait = { interrupt: () => connection.terminate() };
    timers.begin();
    waits.add(wait);
    this.#user.hasWaited = true;
    connection.on("open", () => {
      this.#isOpened = true;
      builtin.wsSessions.add(1, this.#tags);
      builtin.wsConnecting.add(monotonicMs() - this.#startedAtMs, this.#tags);
      this.#emit("open", {});
    });
    connection.on("message", (data: Buffer, isBinary: boolean) => {
      builtin.wsMessagesReceived.add(1, this.#tags);
      this.#emit("message", { data: isBinary ? this.#binary(data) : data.toString("utf8") });
    });
    connection.on("ping", () => this.#emit("ping", {}));
    connection.on("pong", () => {
      const sentAtMs = this.#pingsAtMs.shift();
      if (sentAtMs !== undefined) builtin.wsPing.add(monotonicMs() - sentAtMs, this.#tags);
      this.#emit("pong", {});
    });
    connection.on("error", (error: Error) => this.#emit("error", { error: error.message }));
    connection.on("close", (code: number, reason: Buffer) => {
      if (this.#isOpened) builtin.wsSessionDuration.add(monotonicMs() - this.#startedAtMs, this.#tags);
      waits.remove(wait);
      this.#emit("close", { code, reason: reason.toString("utf8") });
      timers.end();
    });
  }

  #binary(data: Buffer): unknown {
    return this.binaryType === "arraybuffer" ? arrayBufferOf(data) : new Blob([Uint8Array.from(data)]);
  }

  #emit(type: EventName, details: Readonly<Record<string, unknown>>): void {
    if (this.#user.interrupted) return;
    const event = { type, target: this, timestamp: epochMs(), ...details };
    const own = this[`on${type}`];
    for (const listener of [...(own === null ? [] : [own]), ...(this.#listeners.get(type) ?? [])]) {
      this.#user.timers.runTask(() => listener(event));
    }
  }
}

let loaded: typeof import("ws") | null = null;

/** Loaded at the first WebSocket: it takes each thread 35 ms of CPU and 9 MB. */
function connectionClass(): typeof Connection {
  loaded ??= createRequire(import.meta.url)("ws") as typeof import("ws");
  return loaded.WebSocket;
}

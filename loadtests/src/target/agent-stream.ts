/** Follows an agent: its frames and blocks as they come, with reconnecting, each block once. */

import { type ClientRequest, get, type IncomingMessage } from "node:http";
import type { Block, BlocksDocument, Frame } from "@loopscope/agent/catalog";
import { ServerSentEventReader } from "./server-sent-events.js";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;
/** A frame comes each second: a stream this silent is dead, even if the connection is not. */
const SILENCE_MS = 10_000;
/** Block ids remembered against seeing one twice; older ones cannot come again. */
const MAX_REMEMBERED_BLOCKS = 20_000;

export interface AgentListener {
  onFrame(frame: Frame): void;
  onBlock(block: Block): void;
  /** The agent cannot be heard, and why, at each vain attempt. It is tried again until `close`. */
  onLoss?(reason: string): void;
}

export class AgentStream {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #listener: AgentListener;
  readonly #seenBlocks = new Set<string>();
  #request: ClientRequest | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  /** @param url the agent's endpoint, without a path. */
  constructor(url: string, token: string | undefined, listener: AgentListener) {
    this.#url = url;
    this.#token = token;
    this.#listener = listener;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#request?.destroy();
  }

  /** Asks for the blocks that the stream may have missed. Never rejects: what cannot be had is left out. */
  async catchUpBlocks(): Promise<void> {
    const document = await readAgentJson<BlocksDocument>(this.#url, "/blocks", this.#token).catch(() => null);
    for (const block of [...(document?.blocks ?? [])].reverse()) this.#offerBlock(block);
  }

  #connect(): void {
    const request = get(`${this.#url}/stream`, {
      headers: authorization(this.#token),
      agent: false,
      timeout: SILENCE_MS,
    });
    this.#request = request;
    request.once("response", (response) => this.#read(response));
    request.once("timeout", () => request.destroy());
    request.once("error", (error) => this.#listener.onLoss?.(error.message));
    request.once("close", () => this.#reconnectLater());
  }

  #read(response: IncomingMessage): void {
    if (response.statusCode !== 200) {
      this.#listener.onLoss?.(refusalOf(response.statusCode));
      response.resume();
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    void this.catchUpBlocks();
    const reader = new ServerSentEventReader();
    response.on("error", () => undefined);
    response.on("data", (chunk: Buffer) => {
      for (const { event, data } of reader.push(chunk)) {
        if (this.#closed) return;
        if (event === "frame") this.#listener.onFrame(JSON.parse(data) as Frame);
        if (event === "block") this.#offerBlock(JSON.parse(data) as Block);
      }
    });
  }

  #offerBlock(block: Block): void {
    if (this.#closed || this.#seenBlocks.has(block.id)) return;
    if (this.#seenBlocks.size >= MAX_REMEMBERED_BLOCKS) {
      const [oldest] = this.#seenBlocks;
      if (oldest !== undefined) this.#seenBlocks.delete(oldest);
    }
    this.#seenBlocks.add(block.id);
    this.#listener.onBlock(block);
  }

  #reconnectLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

/** One JSON document of the agent. Rejects with a sentence when it cannot be had within two seconds. */
export async function readAgentJson<T>(url: string, path: string, token: string | undefined): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    headers: authorization(token),
    signal: AbortSignal.timeout(2000),
  });
  if (!response.ok) throw new Error(`${url}${path} answered with status ${response.status}`);
  return (await response.json()) as T;
}

function refusalOf(status: number | undefined): string {
  return status === 401
    ? "the agent answered 401: LOOPSCOPE_TOKEN is not its token"
    : `the agent answered ${status}`;
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

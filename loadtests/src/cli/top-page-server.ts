/** The server of `loopscope top --web`: one page, one stream of events, one action, on 127.0.0.1 only. */

import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LoopscopeError } from "../loopscope-error.js";
import { type PageAction, pageAccess } from "./top-page-access.js";

const HOST = "127.0.0.1";
/** Open pages at once; more get 503. */
const MAX_READERS = 20;
/** A page that leaves this much unread (a suspended browser) is cut off; it asks again when it wakes up. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export interface Download {
  readonly fileName: string;
  readonly text: string;
}

export interface PageSource {
  /** The page, as HTML. */
  readonly html: string;
  /** Messages for a page that was just opened. */
  greeting(): readonly PageMessage[];
  /** Rejects with a sentence. */
  takeProfile(): Promise<Download>;
}

export interface PageMessage {
  readonly event: string;
  readonly data: unknown;
}

export class PageServer {
  readonly #source: PageSource;
  readonly #key = randomBytes(16).toString("base64url");
  readonly #readers = new Set<ServerResponse>();
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  #isProfiling = false;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /**
   * @param port 0: a free one.
   * @returns the page's address, with its key.
   * @throws LoopscopeError INVALID_OPTION when the port cannot be had.
   */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) =>
        reject(
          new LoopscopeError("INVALID_OPTION", `--web-port ${port} cannot be listened on: ${error.message}.`),
        ),
      );
      this.#server.listen(port, HOST, resolve);
    });
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}/${this.#key}`;
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  send(message: PageMessage): void {
    const text = eventText(message);
    for (const reader of this.#readers) {
      if (reader.writableLength > MAX_UNREAD_BYTES) reader.destroy();
      else reader.write(text);
    }
  }

  close(): void {
    for (const reader of this.#readers) reader.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const access = pageAccess(request, this.#key);
    if (typeof access === "string") {
      this.#act(access, response);
    } else {
      if (access.allow !== undefined) response.setHeader("allow", access.allow);
      sendError(response, access.status, access.sentence);
    }
  }

  #act(action: PageAction, response: ServerResponse): void {
    if (action === "page") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(this.#source.html);
    } else if (action === "stream") {
      this.#openStream(response);
    } else {
      void this.#sendProfile(response);
    }
  }

  #openStream(response: ServerResponse): void {
    if (this.#readers.size >= MAX_READERS) {
      sendError(response, 503, `at most ${MAX_READERS} pages at once`);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 1000\n\n");
    for (const message of this.#source.greeting()) response.write(eventText(message));
    this.#readers.add(response);
    response.once("close", () => this.#readers.delete(response));
  }

  async #sendProfile(response: ServerResponse): Promise<void> {
    if (this.#isProfiling) return sendError(response, 409, "a profile is being taken already");
    this.#isProfiling = true;
    try {
      const { fileName, text } = await this.#source.takeProfile();
      response.writeHead(200, {
        "content-type": "application/json",
        "content-disposition": `attachment; filename="${fileName}"`,
      });
      response.end(text);
    } catch (error) {
      sendError(response, 502, error instanceof Error ? error.message : String(error));
    } finally {
      this.#isProfiling = false;
    }
  }
}

function eventText({ event, data }: PageMessage): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function sendError(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify({ error })}\n`);
}

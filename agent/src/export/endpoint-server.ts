/**
 * The HTTP endpoint. Runs in the agent's thread, so that it answers while the application's thread is blocked:
 * imports only node:, the catalogue, the clock and this folder.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Block, BlocksDocument, OpenBlock } from "../catalog/block";
import type { Frame } from "../catalog/frame";
import { type AccessRules, accessRefusal } from "./endpoint-access";
import { createEventStream } from "./event-stream";
import { healthAnswer } from "./health-answer";
import type { MainAnswer, MainRequest } from "./main-request";
import { createMetricsPage } from "./metrics-page";
import { sendHeapLeft, sendHeapSnapshot, sendProfile } from "./on-demand-download";

export interface EndpointOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Bearer token that every request must carry, or null. */
  readonly token: string | null;
  /** `/healthz` turns 503 once a block has lasted this long, milliseconds. Default 10000. */
  readonly unhealthyAfterMs?: number;
}

/** Where the endpoint gets what it shows. */
export interface EndpointSource {
  /** Resolves when the main thread answers: not before a block there has ended. */
  askMain(request: MainRequest): Promise<MainAnswer>;
  blocks(): BlocksDocument;
  /** The block that lasts right now, or null. */
  openBlock(): OpenBlock | null;
  /** Frames are read on `/stream` from now on, or by nobody any more. */
  onAudience(present: boolean): void;
}

export interface Endpoint {
  readonly url: string;
  publishFrame(frame: Frame): void;
  publishBlock(block: Block): void;
  close(): Promise<void>;
}

/** Idle scrapers are cut off: a server that only we use needs no long keep-alive. */
const KEEP_ALIVE_MS = 20_000;

/**
 * Listens, and asks the main thread for nothing until somebody asks the endpoint.
 *
 * @throws the listening error (`EADDRINUSE`, `EACCES`); no other port is tried.
 */
export async function startEndpoint(options: EndpointOptions, source: EndpointSource): Promise<Endpoint> {
  const stream = createEventStream((present) => source.onAudience(present));
  const metricsPage = createMetricsPage(source);
  const rules: AccessRules = { token: options.token };
  const unhealthyAfterMs = options.unhealthyAfterMs ?? 10_000;

  const pages: Readonly<Record<string, Page>> = {
    "GET /": (_request, response) => sendText(response, 200, "text/plain", PAGE_LIST),
    "GET /metrics": (request, response) => metricsPage.answer(request, response),
    "GET /healthz": (_request, response) => {
      const { status, body } = healthAnswer(source.openBlock(), source.blocks(), unhealthyAfterMs);
      sendJson(response, status, body);
    },
    "GET /blocks": (_request, response) => sendJson(response, 200, source.blocks()),
    "GET /snapshot": (_request, response) => sendSnapshot(source, response),
    "GET /stream": (request, response) => stream.open(request, response),
    "POST /profile": (request, response) => sendProfile(source, request, response),
    "POST /heapsnapshot": (_request, response) => sendHeapSnapshot(source, response),
    "POST /gc": (_request, response) => sendHeapLeft(source, response),
  };

  const server = createServer((request, response) => {
    void handle(pages, rules, request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, options);
  return {
    url: urlOf(server, options.host),
    publishFrame: (frame) => stream.send("frame", frame, String(frame.sequence)),
    publishBlock: (block) => stream.send("block", block, block.id),
    close: () => {
      stream.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

type Page = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const PAGE_LIST = `Loopscope agent

GET  /metrics       Prometheus and OpenMetrics text
GET  /healthz       ok, or what blocks the event loop right now
GET  /blocks        the latest blocks
GET  /snapshot      the latest frame
GET  /stream        server-sent events: frame, block
POST /profile       a .cpuprofile (?seconds=10)
POST /heapsnapshot  a .heapsnapshot
POST /gc            collects garbage: the heap that is left
`;

async function handle(
  pages: Readonly<Record<string, Page>>,
  rules: AccessRules,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const refusal = accessRefusal(rules, request);
    if (refusal !== null) {
      if (refusal.status === 401) response.setHeader("www-authenticate", "Bearer");
      return sendJson(response, refusal.status, { error: refusal.sentence });
    }
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const method = request.method === "HEAD" ? "GET" : request.method;
    const page = pages[`${method} ${path}`];
    if (page !== undefined) return await page(request, response);
    const methods = ["GET", "POST"].filter((known) => pages[`${known} ${path}`] !== undefined);
    if (methods.length === 0) return sendJson(response, 404, { error: `there is no ${path}; see /` });
    response.setHeader("allow", methods.join(", "));
    sendJson(response, 405, { error: `${path} answers ${methods.join(", ")}` });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (response.headersSent) response.destroy();
    else sendJson(response, 500, { error: sentence });
  }
}

async function sendSnapshot(source: EndpointSource, response: ServerResponse): Promise<void> {
  const answer = await source.askMain({ type: "snapshot" });
  if (answer.type === "snapshot") sendJson(response, 200, answer.frame);
  else sendJson(response, 503, { error: answer.type === "refused" ? answer.sentence : "no frame yet" });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, "application/json", `${JSON.stringify(body)}\n`);
}

function sendText(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
  response.end(body);
}

function listen(server: Server, options: EndpointOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

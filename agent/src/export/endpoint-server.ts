/**
 * The HTTP endpoint. Runs in the agent's thread, so that it answers while the application's thread is blocked:
 * imports only node:, the catalogue, the clock and this folder.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Block } from "../catalog/block";
import type { Frame } from "../catalog/frame";
import { type AccessRules, accessRefusal } from "./endpoint-access";
import type { EndpointSource } from "./endpoint-source";
import { createEventStream, type EventStream } from "./event-stream";
import { healthAnswer } from "./health-answer";
import { sendMetrics } from "./metrics-page";
import { sendHeapLeft, sendHeapSnapshot, sendProfile } from "./on-demand-download";

export interface EndpointOptions {
  /** A TCP address (port 0 picks a free one), or a socket's path that only this user can reach. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Bearer token that every request must carry, or null. */
  readonly token: string | null;
  /** `/healthz` turns 503 once a block has lasted this long, milliseconds. Default 10000. */
  readonly unhealthyAfterMs?: number;
  /** The process that forked this one as a worker of its cluster, or null: `/healthz` tells it. */
  readonly clusterPrimaryPid?: number | null;
}

export interface Endpoint {
  /** Empty for a socket's path. */
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
  const rules: AccessRules = { token: options.token };

  const pages = pagesOf(source, stream, options);
  const ownPages = pagesOf(source.own(), stream, options);

  const server = createServer((request, response) => {
    const isOfThisProcess = pidAskedFor(request) === String(process.pid);
    void handle(isOfThisProcess ? ownPages : pages, source, rules, request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, options.address);
  return {
    url: "path" in options.address ? "" : urlOf(server, options.address.host),
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

function pagesOf(
  source: EndpointSource,
  stream: EventStream,
  options: EndpointOptions,
): Readonly<Record<string, Page>> {
  const { unhealthyAfterMs = 10_000, clusterPrimaryPid = null } = options;
  return {
    "GET /": (_request, response) => sendText(response, 200, "text/plain", PAGE_LIST),
    "GET /metrics": (request, response) => sendMetrics(source, request, response),
    "GET /healthz": async (_request, response) => {
      const { status, body } = healthAnswer(await source.blocks(), unhealthyAfterMs);
      sendJson(response, status, { ...body, pid: process.pid, clusterPrimaryPid });
    },
    "GET /blocks": async (_request, response) => sendJson(response, 200, await source.blocks()),
    "GET /snapshot": (_request, response) => sendSnapshot(source, response),
    "GET /stream": (request, response) => stream.open(request, response),
    "POST /profile": (request, response) => sendProfile(source, request, response),
    "POST /heapsnapshot": (_request, response) => sendHeapSnapshot(source, response),
    "POST /gc": (_request, response) => sendHeapLeft(source, response),
    // For the one that lays a cluster's processes together; to everybody else its answer is of no use.
    ...("path" in options.address
      ? {
          "GET /samples": async (_request: IncomingMessage, response: ServerResponse) =>
            sendJson(response, 200, await source.metrics(true)),
        }
      : {}),
  };
}

/** Null: whoever asks means all that the endpoint answers for. */
export function pidAskedFor(request: IncomingMessage): string | null {
  const { url = "/" } = request;
  return url.includes("pid=") ? new URL(url, "http://localhost").searchParams.get("pid") : null;
}

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
  source: EndpointSource,
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
    if (source.forward(request, response)) return;
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
  const answer = await source.snapshot();
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

function listen(server: Server, address: EndpointOptions["address"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
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

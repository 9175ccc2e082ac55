/**
 * Preloaded into a server of the cost benchmark: runs a peer as its documentation tells people to.
 * LOOPSCOPE_PEER names it, LOOPSCOPE_PEERS_FOLDER where it is installed, LOOPSCOPE_SINK who takes its
 * exports.
 */
import http from "node:http";
import { createRequire } from "node:module";

const BLOCK_MS = 50;
const { LOOPSCOPE_PEER: peer, LOOPSCOPE_PEERS_FOLDER: folder, LOOPSCOPE_SINK: sink } = process.env;
const load = createRequire(`${folder}/package.json`);

type Middleware = (request: http.IncomingMessage, response: http.ServerResponse, next: () => void) => void;

interface Sentry {
  init(options: object): void;
}

/** The bundle is a middleware of Express; here it stands before the handler of a plain server. */
function startPromBundle(): void {
  const bundle = load("express-prom-bundle") as (options: object) => Middleware;
  const measure = bundle({
    includeMethod: true,
    includePath: true,
    normalizePath: () => "/",
    promClient: { collectDefaultMetrics: {} },
  });
  const createServer = http.createServer;
  http.createServer = ((handler: http.RequestListener) =>
    createServer((request, response) => {
      Object.assign(request, { path: request.url, originalUrl: request.url });
      measure(request, response, () => void handler(request, response));
    })) as typeof http.createServer;
}

function startSentry(): void {
  const { init } = load("@sentry/node") as Sentry;
  const { eventLoopBlockIntegration } = load("@sentry/node-native") as {
    eventLoopBlockIntegration(options: object): object;
  };
  init({
    dsn: (sink ?? "").replace("http://", "http://key@").concat("/1"),
    integrations: [eventLoopBlockIntegration({ threshold: BLOCK_MS })],
  });
}

function startPeer(): void {
  if (peer === "prom-client") startPromBundle();
  if (peer === "@sentry/node") startSentry();
  if (peer === "@datadog/pprof") {
    const { time } = load(peer) as { time: { start(options: object): void } };
    time.start({ intervalMicros: 10_000, lineNumbers: true });
  }
  if (peer === "blocked-at") {
    const blockedAt = load(peer) as (onBlock: () => void, options: object) => void;
    blockedAt(() => {}, { threshold: BLOCK_MS });
  }
}

startPeer();

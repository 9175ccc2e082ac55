import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../service/problem-details.js";
import { endToEndHeaders, requestHeadersForUpstream } from "./forwarded-headers.js";
import { problemOfUpstream } from "./gateway-problems.js";
import type { CacheAnswer, ResponseCache } from "./response-cache.js";
import { relayForCache, relayThroughJson } from "./response-relay.js";
import type { OutgoingCall, UpstreamCaller } from "./upstream-caller.js";
import { UpstreamTimeout } from "./upstream-request.js";

export interface ProxySettings {
  readonly callers: ReadonlyMap<string, UpstreamCaller>;
  readonly cache: ResponseCache;
  /** Null: no limit, which is the fault `missing-timeout`. */
  readonly totalTimeoutMs: number | null;
  /** The fault `json-proxying`. */
  readonly throughJson: boolean;
}

/** Takes one request to its service and the answer back. */
export class ProxyHandler {
  readonly #settings: ProxySettings;

  constructor(settings: ProxySettings) {
    this.#settings = settings;
  }

  /** What an operator wants to see. */
  report() {
    const { cache, callers } = this.#settings;
    const services = Object.fromEntries([...callers].map(([name, caller]) => [name, caller.report()]));
    return { cache: cache.counts, services };
  }

  async handle(
    request: FastifyRequest,
    reply: FastifyReply,
    target: { readonly service: string; readonly subject: string },
  ): Promise<FastifyReply> {
    const caller = this.#settings.callers.get(target.service);
    if (caller === undefined) throw new Problem(404, "Not Found", `There is no service ${target.service}.`);
    const call = outgoingCall(request, target.subject);
    const signal = this.#patience(reply);
    try {
      if (request.method !== "GET") return this.#relay(await caller.call(call, signal), reply, "BYPASS");
      return await this.#cached(caller, call, request, reply, signal);
    } catch (error) {
      throw problemOfUpstream(error) ?? error;
    }
  }

  async #cached(
    caller: UpstreamCaller,
    call: OutgoingCall,
    request: FastifyRequest,
    reply: FastifyReply,
    signal: AbortSignal,
  ): Promise<FastifyReply> {
    const { cache } = this.#settings;
    const found = await cache.look(cacheKey(request));
    if (found.kind !== "miss") return sendStored(found, reply);
    const { fill, stale } = found;
    let upstream: IncomingMessage;
    try {
      upstream = await caller.call(call, signal);
    } catch (error) {
      fill.giveUp();
      if (stale === null || signal.aborted) throw error;
      return sendStored(cache.serveStale(stale), reply);
    }
    if (stale !== null && (upstream.statusCode ?? 500) >= 500) {
      upstream.resume();
      fill.giveUp();
      return sendStored(cache.serveStale(stale), reply);
    }
    if (this.#settings.throughJson) {
      fill.giveUp();
      return this.#relay(upstream, reply, "BYPASS");
    }
    reply.status(upstream.statusCode ?? 502).headers(endToEndHeaders(upstream.headers));
    return reply.header("x-cache", "MISS").send(relayForCache(upstream, fill));
  }

  async #relay(upstream: IncomingMessage, reply: FastifyReply, cache: string): Promise<FastifyReply> {
    const headers = endToEndHeaders(upstream.headers);
    reply.status(upstream.statusCode ?? 502).header("x-cache", cache);
    if (this.#settings.throughJson && String(headers["content-type"]).includes("json")) {
      return reply.type("application/json").send(await relayThroughJson(upstream));
    }
    return reply.headers(headers).send(upstream);
  }

  /** Ends when the total time is over or the client is gone, whichever comes first. */
  #patience(reply: FastifyReply): AbortSignal {
    const patience = new AbortController();
    const { totalTimeoutMs } = this.#settings;
    const outOfTime = () => patience.abort(new UpstreamTimeout("total", totalTimeoutMs ?? 0));
    const timer = totalTimeoutMs === null ? undefined : setTimeout(outOfTime, totalTimeoutMs);
    reply.raw.once("close", () => {
      clearTimeout(timer);
      if (!reply.raw.writableFinished) patience.abort(new Error("the client is gone"));
    });
    return patience.signal;
  }
}

function outgoingCall(request: FastifyRequest, subject: string): OutgoingCall {
  const [path = "/", query = ""] = (request.raw.url ?? "/").split(/(?=\?)/, 2);
  const client = { address: request.ip, subject, requestId: request.id };
  return {
    path: path.replace(/^\/api\/[^/]+/, ""),
    query,
    method: request.method,
    headers: requestHeadersForUpstream(request.headers, client),
    // Fastify leaves the body unread and undefined where there is none.
    body: (request.body as Readable | undefined) ?? null,
  };
}

function cacheKey(request: FastifyRequest): string {
  const accept = request.headers.accept ?? "";
  return createHash("sha256").update(`${request.raw.url} ${accept}`).digest("base64url");
}

function sendStored(found: Exclude<CacheAnswer, { kind: "miss" }>, reply: FastifyReply): FastifyReply {
  const { response, ageSeconds, kind } = found;
  return reply
    .status(response.status)
    .headers(response.headers)
    .header("x-cache", kind.toUpperCase())
    .header("age", String(ageSeconds))
    .send(response.body);
}

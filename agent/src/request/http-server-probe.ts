/** Counts and times what node:http and node:https servers answer. Learns of requests by diagnostics channel. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import { type HeldUp, InFlightRequests } from "./in-flight-requests";
import { requestRoute } from "./request-route";
import type { RouteStatistics } from "./route-statistics";

const REQUEST_START = "http.server.request.start";
const RESPONSE_FINISH = "http.server.response.finish";
const PART = "http-server-probe";
const watchedSocket = Symbol("loopscope.watchedSocket");

interface WatchedSocket extends Socket {
  [watchedSocket]?: true;
}

interface RequestStartMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: WatchedSocket;
}

interface ResponseFinishMessage {
  readonly response: ServerResponse;
}

export interface HttpServerProbe {
  stop(): void;
  /** Requests in flight by method. */
  readonly activeByMethod: ReadonlyMap<string, number>;
  /**
   * Charges a block to the requests in flight. Call it when the block has ended, before the loop turns.
   *
   * @param startMs on the monotonic clock.
   * @param culprit the request that blocked, which is no victim; null when unknown.
   */
  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp;
}

/**
 * Starts watching. The request path costs two calls and two clock readings; what ends without an answer is
 * learnt from its connection, once for all its requests: also answers that waited behind a pipelined one.
 */
export function startHttpServerProbe(guard: Guard, statistics: RouteStatistics): HttpServerProbe {
  const activeByMethod = new Map<string, number>();
  const inFlight = new InFlightRequests();

  function end(response: ServerResponse): void {
    const entry = inFlight.remove(response);
    if (entry === undefined) return;
    const request = response.req;
    const method = knownMethod(request.method);
    activeByMethod.set(method, (activeByMethod.get(method) ?? 1) - 1);
    statistics.record(
      request,
      response,
      method,
      requestRoute(request),
      monotonicMs() - entry.startedMs,
      entry.heldUpMs,
    );
  }

  function onSocketClose(this: Socket): void {
    try {
      for (const response of inFlight.ofSocket(this)) end(response);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onStart(message: unknown): void {
    if (guard.isOff(PART)) return;
    try {
      const { request, response, socket } = message as RequestStartMessage;
      inFlight.add(response, monotonicMs());
      const method = knownMethod(request.method);
      activeByMethod.set(method, (activeByMethod.get(method) ?? 0) + 1);
      if (socket[watchedSocket] === undefined) {
        socket[watchedSocket] = true;
        socket.on("close", onSocketClose);
      }
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onFinish(message: unknown): void {
    try {
      end((message as ResponseFinishMessage).response);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  subscribe(REQUEST_START, onStart);
  subscribe(RESPONSE_FINISH, onFinish);
  return {
    activeByMethod,
    stop: () => {
      unsubscribe(REQUEST_START, onStart);
      unsubscribe(RESPONSE_FINISH, onFinish);
      inFlight.clear();
    },
    holdUp: (startMs, endMs, culprit) => inFlight.holdUp(startMs, endMs, culprit),
  };
}

/** The methods that the HTTP conventions know; any other is `_OTHER`, so that a client cannot invent labels. */
const KNOWN_METHODS = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

export function knownMethod(method: string | undefined): string {
  return method !== undefined && KNOWN_METHODS.has(method) ? method : "_OTHER";
}

/** Counts and times what node:http and node:https servers answer. Learns of requests by diagnostics channel. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import { requestRoute } from "./request-route";
import type { RouteStatistics } from "./route-statistics";

const REQUEST_START = "http.server.request.start";
const PART = "http-server-probe";
const startedAtMs = Symbol("loopscope.startedAtMs");
const heldUpMs = Symbol("loopscope.heldUpMs");

interface TimedResponse extends ServerResponse {
  [startedAtMs]?: number;
  /** By blocks of other requests; set only when there was one. */
  [heldUpMs]?: number;
}

/** The requests that a block of another held up. */
export interface HeldUp {
  readonly count: number;
  /** Summed over them. */
  readonly delayMs: number;
}

interface RequestStartMessage {
  readonly request: IncomingMessage;
  readonly response: TimedResponse;
}

export interface HttpServerProbe {
  stop(): void;
  /** Requests in flight by method. */
  readonly activeByMethod: ReadonlyMap<string, number>;
  /**
   * Ends the count of requests whose connection is gone without their answer having said so: answers that
   * waited behind a pipelined one. To be called once a frame.
   */
  sweep(): void;
  /**
   * Charges a block to the requests in flight. Call it when the block has ended, before the loop turns.
   *
   * @param startMs on the monotonic clock.
   * @param culprit the request that blocked, which is no victim; null when unknown.
   */
  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp;
}

/** Starts watching. The request path costs one listener, one set entry and one clock reading at each end. */
export function startHttpServerProbe(guard: Guard, statistics: RouteStatistics): HttpServerProbe {
  const activeByMethod = new Map<string, number>();
  const inFlight = new Set<TimedResponse>();

  function end(response: TimedResponse): void {
    const started = response[startedAtMs];
    if (started === undefined || !inFlight.delete(response)) return;
    const request = response.req;
    const method = knownMethod(request.method);
    activeByMethod.set(method, (activeByMethod.get(method) ?? 1) - 1);
    statistics.record({
      request,
      response,
      method,
      route: requestRoute(request),
      durationMs: monotonicMs() - started,
      heldUpMs: response[heldUpMs] ?? 0,
    });
  }

  function onClose(this: TimedResponse): void {
    try {
      end(this);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onStart(message: unknown): void {
    if (guard.isOff(PART)) return;
    try {
      const { request, response } = message as RequestStartMessage;
      response[startedAtMs] = monotonicMs();
      inFlight.add(response);
      const method = knownMethod(request.method);
      activeByMethod.set(method, (activeByMethod.get(method) ?? 0) + 1);
      response.on("close", onClose);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  subscribe(REQUEST_START, onStart);
  return {
    activeByMethod,
    stop: () => {
      unsubscribe(REQUEST_START, onStart);
      for (const response of inFlight) response.off("close", onClose);
      inFlight.clear();
    },
    holdUp: (startMs, endMs, culprit) => {
      let count = 0;
      let delayMs = 0;
      for (const response of inFlight) {
        const delay = endMs - Math.max(startMs, response[startedAtMs] ?? endMs);
        if (delay <= 0 || response.req === culprit) continue;
        response[heldUpMs] = (response[heldUpMs] ?? 0) + delay;
        count++;
        delayMs += delay;
      }
      return { count, delayMs };
    },
    sweep: () => {
      for (const response of inFlight) if (response.req.socket.destroyed) onClose.call(response);
    },
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

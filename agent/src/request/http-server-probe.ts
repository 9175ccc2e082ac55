/** Counts and times what node:http and node:https servers answer. Learns of answers by diagnostics channel. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { monotonicMs } from "../clock";
import type { Guard } from "../guard";
import { type HeldUp, InFlightRequests } from "./in-flight-requests";
import { MethodActivities, type MethodActivity } from "./method-activities";
import type { RequestContextTracker, RequestStart } from "./request-context";
import { requestRoute } from "./request-route";
import type { RouteStatistics } from "./route-statistics";

const RESPONSE_FINISH = "http.server.response.finish";
const PART = "http-server-probe";

interface ResponseFinishMessage {
  readonly response: ServerResponse;
  /** The one of the request's start message. */
  readonly socket: Socket;
}

export interface HttpServerProbe {
  stop(): void;
  /** Requests in flight by method. */
  readonly activity: Iterable<MethodActivity>;
  /**
   * Charges a block to the requests in flight. Call it when the block has ended, before the loop turns.
   *
   * @param startMs on the monotonic clock.
   * @param culprit the request that blocked, which is no victim; null when unknown.
   */
  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp;
}

/**
 * Starts watching. The request path costs two calls and one clock reading of its own; what ends without an
 * answer is learnt from its connection, once for all its requests: also answers that waited behind a
 * pipelined one.
 */
export function startHttpServerProbe(
  guard: Guard,
  statistics: RouteStatistics,
  requests: RequestContextTracker,
): HttpServerProbe {
  const methods = new MethodActivities();
  const inFlight = new InFlightRequests();

  function end(response: ServerResponse, socket: Socket): void {
    const entry = inFlight.remove(response, socket);
    if (entry === undefined) return;
    const { activity, startedMs, heldUpMs } = entry;
    const request = response.req;
    activity.active--;
    const durationMs = monotonicMs() - startedMs;
    statistics.record(request, response, activity.method, requestRoute(request), durationMs, heldUpMs);
  }

  function onSocketClose(this: Socket): void {
    try {
      for (const response of inFlight.ofSocket(this)) end(response, this);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onStart(start: RequestStart, startedMs: number): void {
    if (guard.isOff(PART)) return;
    try {
      const { request, response, socket } = start;
      const activity = methods.of(request.method ?? "");
      const isNewConnection = inFlight.add(response, socket, activity, startedMs);
      activity.active++;
      if (isNewConnection) socket.on("close", onSocketClose);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onFinish(message: unknown): void {
    try {
      const { response, socket } = message as ResponseFinishMessage;
      end(response, socket);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  const endTelling = requests.tellOfHttp1(onStart);
  subscribe(RESPONSE_FINISH, onFinish);
  return {
    get activity() {
      return methods.all();
    },
    stop: () => {
      endTelling();
      unsubscribe(RESPONSE_FINISH, onFinish);
      inFlight.clear();
    },
    holdUp: (startMs, endMs, culprit) => inFlight.holdUp(startMs, endMs, culprit),
  };
}

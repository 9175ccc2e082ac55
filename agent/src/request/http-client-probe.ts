/** Times what node:http and node:https ask of others, by diagnostics channel: until the answer is complete. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import { errorTypeOf } from "../downstream/error-type";
import type { Guard } from "../guard";
import type { ClientCall, ClientStatistics } from "./client-statistics";
import { knownMethod } from "./method-activities";

const PART = "http-client-probe";
const record = Symbol("loopscope.clientRecord");

interface ClientRecord {
  readonly call: ClientCall;
  errorType: string | null;
}

interface TimedClientRequest extends ClientRequest {
  [record]?: ClientRecord;
  /** Node's own: the answer, once its head is there. */
  readonly res?: IncomingMessage;
}

/** @returns a function that stops watching; requests in flight then are forgotten. */
export function startHttpClientProbe(guard: Guard, statistics: ClientStatistics): () => void {
  function onClose(this: TimedClientRequest): void {
    const known = this[record];
    if (known === undefined) return;
    delete this[record];
    try {
      const answered = this.res?.complete === true;
      const errorType = known.errorType ?? (answered ? null : "aborted");
      statistics.end(known.call, this.res?.statusCode ?? null, errorType);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onStart(message: unknown): void {
    if (guard.isOff(PART)) return;
    try {
      const { request } = message as { readonly request: TimedClientRequest };
      const call = statistics.begin(originOf(request), knownMethod(request.method), request.path);
      request[record] = { call, errorType: null };
      request.on("close", onClose);
    } catch (error) {
      guard.fail(PART, error);
    }
  }

  function onError(message: unknown): void {
    const { request, error } = message as { readonly request: TimedClientRequest; readonly error: unknown };
    const known = request[record];
    if (known !== undefined) known.errorType = errorTypeOf(error);
  }

  subscribe("http.client.request.start", onStart);
  subscribe("http.client.request.error", onError);
  return () => {
    unsubscribe("http.client.request.start", onStart);
    unsubscribe("http.client.request.error", onError);
  };
}

/** The Host header has the port, and the host as the application wrote it. */
function originOf(request: ClientRequest): string {
  const host = request.getHeader("host");
  return `${request.protocol}//${typeof host === "string" ? host : request.host}`;
}

/** Times fetch and undici, by undici's diagnostics channels: Node's own copy and one from npm share them. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { errorTypeOf } from "../downstream/error-type";
import type { Guard } from "../guard";
import type { ClientCall, ClientStatistics } from "./client-statistics";
import { knownMethod } from "./method-activities";

const PART = "undici-client-probe";
const record = Symbol("loopscope.undiciRecord");

interface UndiciRecord {
  readonly call: ClientCall;
  status: number | null;
}

interface UndiciRequest {
  readonly origin?: string | URL;
  readonly method?: string;
  readonly path?: string;
  [record]?: UndiciRecord | undefined;
}

interface UndiciMessage {
  readonly request: UndiciRequest;
  readonly response?: { readonly statusCode: number };
  readonly error?: unknown;
}

/** @returns a function that stops watching; requests in flight then are forgotten. */
export function startUndiciClientProbe(guard: Guard, statistics: ClientStatistics): () => void {
  function end(request: UndiciRequest, errorType: string | null): void {
    const known = request[record];
    if (known === undefined) return;
    request[record] = undefined;
    statistics.end(known.call, known.status, errorType);
  }

  const handlers: Readonly<Record<string, (message: UndiciMessage) => void>> = {
    "undici:request:create": ({ request }) => {
      const { origin, method, path } = request;
      const call = statistics.begin(String(origin), knownMethod(method), path ?? "");
      request[record] = { call, status: null };
    },
    "undici:request:headers": ({ request, response }) => {
      const known = request[record];
      if (known !== undefined && response !== undefined) known.status = response.statusCode;
    },
    "undici:request:trailers": ({ request }) => end(request, null),
    "undici:request:error": ({ request, error }) => end(request, errorTypeOf(error)),
  };

  const stops = Object.entries(handlers).map(([channel, handler]) => {
    const listener = (message: unknown): void => {
      if (guard.isOff(PART)) return;
      try {
        handler(message as UndiciMessage);
      } catch (error) {
        guard.fail(PART, error);
      }
    };
    subscribe(channel, listener);
    return () => unsubscribe(channel, listener);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

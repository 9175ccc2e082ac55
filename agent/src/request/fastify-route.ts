/** Fastify (4 and 5) announces each instance on a channel; a hook of its own kind then sees every request. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Guard } from "../guard";
import { leaveRoute } from "./framework-route";

const CHANNEL = "fastify.initialization";
const PART = "fastify-route";

interface FastifyRequest {
  readonly raw: IncomingMessage;
  /** `url` is undefined for a path that no route matched. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

interface FastifyInstance {
  addHook(name: "onRequest", hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): void;
}

/** @returns a function that stops listening for new instances. */
export function watchFastify(guard: Guard): () => void {
  const onInstance = guard.wrap(PART, (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook("onRequest", (request, _reply, done) => {
      leaveRoute(request.raw, request, routeOf);
      done();
    });
  });
  subscribe(CHANNEL, onInstance);
  return () => unsubscribe(CHANNEL, onInstance);
}

function routeOf(request: FastifyRequest): string | null {
  return request.routeOptions?.url ?? null;
}

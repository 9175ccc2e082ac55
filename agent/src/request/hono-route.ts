/**
 * Hono on Node's own servers. It is an ES module, which no hook of ours sees load, and keeps what matched in
 * private fields. Its default router is a class of its own file, and that can be asked for: `require` of an ES
 * module gives the one instance that the application has too. So the first request looks for it, once.
 */

import { executionAsyncId } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import type { Guard } from "../guard";
import { prototypeOf, wrapMethod } from "../method-wrapping";
import { leaveRoute } from "./framework-route";

const REQUEST_START = "http.server.request.start";
const PART = "hono-route";
const ROUTER = "hono/router/smart-router";

type Match = (method: string, path: string) => HonoMatch;

interface HonoRouter {
  match: Match;
}

/** Every middleware and handler that matches, in their order, each with the route that it was given for. */
type HonoMatch = readonly [
  readonly (readonly [readonly [HonoHandler, HonoRoute], ...unknown[]])[],
  ...unknown[],
];

interface HonoHandler {
  readonly length: number;
  /** What a mounted application's handler was wrapped around. */
  readonly __COMPOSED_HANDLER?: HonoHandler;
}

interface HonoRoute {
  readonly path: string;
  readonly method: string;
}

interface RouterModule {
  readonly SmartRouter?: unknown;
}

/** @returns a function that stops watching. */
export function watchHono(guard: Guard): () => void {
  let latest: IncomingMessage | null = null;
  let latestAsyncId = -1;
  let looked = false;

  /** The router is asked before the server's listener first waits: the request that began last is this one. */
  const onMatch = (match: HonoMatch): void => {
    if (latest === null || latestAsyncId !== executionAsyncId()) return;
    const request = latest;
    latest = null;
    leaveRoute(request, match, routeOf);
  };

  const onStart = (message: unknown): void => {
    if (!looked) {
      looked = true;
      const routers = guard.run(PART, loadedRouters) ?? [];
      for (const router of routers) watchRouter(router, guard.wrap(PART, onMatch));
      if (routers.length === 0) unsubscribe(REQUEST_START, onStart);
    }
    latest = (message as { readonly request: IncomingMessage }).request;
    latestAsyncId = executionAsyncId();
  };

  subscribe(REQUEST_START, onStart);
  return () => unsubscribe(REQUEST_START, onStart);
}

/** The router's class as CommonJS and as ES module, where the application's main file can reach Hono. */
function loadedRouters(): readonly unknown[] {
  if ((process.features as { readonly require_module?: boolean }).require_module !== true) return [];
  const requireOfApplication = createRequire(path.resolve(process.argv[1] ?? "main.js"));
  const entry = resolved(requireOfApplication, ROUTER);
  if (entry === null) return [];
  const found: unknown[] = [];
  const commonJs = path.join(path.dirname(entry), "router.js");
  const loaded = requireOfApplication.cache[commonJs];
  if (loaded !== undefined) found.push((loaded.exports as RouterModule).SmartRouter);
  const esModule = commonJs.replace(`${path.sep}cjs${path.sep}`, path.sep);
  // Asked for in Hono's own name: elsewhere Node 20 and 22 warn of `require` of an ES module.
  if (esModule !== commonJs && existsSync(esModule))
    found.push((createRequire(esModule)(esModule) as RouterModule).SmartRouter);
  return found;
}

function resolved(from: NodeJS.Require, name: string): string | null {
  try {
    return from.resolve(name);
  } catch {
    return null;
  }
}

function watchRouter(router: unknown, onMatch: (match: HonoMatch) => void): void {
  wrapMethod(
    prototypeOf(router),
    "match",
    (original) =>
      function (this: unknown, ...args) {
        const result = original.apply(this, args) as HonoMatch;
        // With its first match a router puts a faster function in the place of this one.
        const self = this as HonoRouter;
        const { match: chosen } = self;
        if (Object.hasOwn(self, "match"))
          self.match = (method, url) => {
            const match = chosen(method, url);
            onMatch(match);
            return match;
          };
        onMatch(result);
        return result;
      },
  );
}

/** The pattern of the last handler: like Hono itself, we tell a middleware by its second parameter, `next`. */
function routeOf([handlers]: HonoMatch): string | null {
  for (let index = handlers.length - 1; index >= 0; index--) {
    const [[handler, route]] = handlers[index] as HonoMatch[0][number];
    if (!isMiddleware(handler)) return route.path;
  }
  return null;
}

function isMiddleware(handler: HonoHandler): boolean {
  const inner = handler.__COMPOSED_HANDLER;
  return inner === undefined ? handler.length > 1 : isMiddleware(inner);
}

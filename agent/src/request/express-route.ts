/** Express 4 and 5 leave the matched route on the request itself; a router's mount path needs work. */

import type { IncomingMessage } from "node:http";

interface ExpressRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown };
  readonly baseUrl?: unknown;
  readonly app?: ExpressApp;
}

type ExpressApp = ((...args: never[]) => unknown) & {
  readonly _router?: { readonly stack?: readonly ExpressLayer[] };
  readonly router?: { readonly stack?: readonly ExpressLayer[] };
};

interface ExpressLayer {
  readonly handle?: { readonly stack?: readonly ExpressLayer[] };
  /** Express 4. */
  readonly regexp?: RegExp;
  readonly keys?: readonly { readonly name: string | number }[];
  /** Express 5 until 5.2: true, leaving params and path on the layer; from 5.3 on: the match itself. */
  readonly match?: (path: string) => boolean | Express5Match;
  params?: Readonly<Record<string, unknown>> | undefined;
  path?: string | undefined;
}

interface Express5Match {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly path?: string;
}

/** Mount paths nest rarely deeper than this; a bound against a router that contains itself. */
const MAX_DEPTH = 8;

export function expressRoute(request: IncomingMessage): string | null {
  const { route, baseUrl, app } = request as ExpressRequest;
  if (route === undefined || route === null || typeof route !== "object") return null;
  const own = patternText(route.path);
  if (own === null) return null;
  if (typeof baseUrl !== "string" || baseUrl === "") return own;
  const mount = mountPattern(baseUrl, stackOf(app));
  return mount === null ? null : own === "/" ? mount : mount + own;
}

function patternText(pattern: unknown): string | null {
  if (typeof pattern === "string") return pattern === "" ? "/" : pattern;
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(patternText).join("|") : null;
}

/**
 * `request.baseUrl` is a piece of the real path: `/tenants/42` for a router mounted at `/tenants/:tenant`.
 * The pattern is found by walking the routers; without parameters on the way it is the path itself.
 */
function mountPattern(baseUrl: string, stack: readonly ExpressLayer[]): string | null {
  return walk(baseUrl, stack, 0);
}

function walk(remaining: string, stack: readonly ExpressLayer[], depth: number): string | null {
  if (remaining === "") return "";
  if (depth > MAX_DEPTH) return null;
  for (const layer of stack) {
    const inner = layer.handle?.stack;
    if (inner === undefined) continue;
    const matched = matchLayer(layer, remaining);
    if (matched === null || matched.path === "") continue;
    const rest = walk(remaining.slice(matched.path.length), inner, depth + 1);
    if (rest !== null) return matched.pattern + rest;
  }
  return null;
}

interface LayerMatch {
  /** The part of the path that the layer took. */
  readonly path: string;
  readonly pattern: string;
}

function matchLayer(layer: ExpressLayer, path: string): LayerMatch | null {
  if (layer.regexp instanceof RegExp) return matchExpress4(layer.regexp, layer.keys ?? [], path);
  if (typeof layer.match !== "function") return null;
  // A layer remembers its latest match for the router that asked: put that back.
  const { params, path: matchedPath } = layer;
  try {
    const match = layer.match(path);
    if (match === false) return null;
    const from: Express5Match =
      match === true ? { params: layer.params ?? {}, path: layer.path ?? "" } : match;
    const taken = from.path ?? "";
    return { path: taken, pattern: patternOf(taken, Object.entries(from.params ?? {})) };
  } finally {
    if (layer.params !== params) layer.params = params;
    if (layer.path !== matchedPath) layer.path = matchedPath;
  }
}

function matchExpress4(
  regexp: RegExp,
  keys: readonly { readonly name: string | number }[],
  path: string,
): LayerMatch | null {
  const match = regexp.exec(path);
  if (match === null) return null;
  const taken = match[0].endsWith("/") ? match[0].slice(0, -1) : match[0];
  const params = keys.map((key, index) => [String(key.name), match[index + 1]] as const);
  return { path: taken, pattern: patternOf(taken, params) };
}

/** Puts `:name` where a parameter's value stands, segment by segment. */
function patternOf(path: string, params: readonly (readonly [string, unknown])[]): string {
  const open = params.filter(([, value]) => typeof value === "string");
  return path
    .split("/")
    .map((segment) => {
      const index = open.findIndex(([, value]) => value === decode(segment) || value === segment);
      const name = index === -1 ? undefined : open.splice(index, 1)[0]?.[0];
      return name === undefined ? segment : `:${name}`;
    })
    .join("/");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function stackOf(app: ExpressApp | undefined): readonly ExpressLayer[] {
  if (app === undefined || app === null) return [];
  // Express 4 throws when `app.router` is read.
  return app._router?.stack ?? (Object.hasOwn(app, "_router") ? [] : (app.router?.stack ?? []));
}

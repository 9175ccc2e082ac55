/** Koa (2 and 3) with `@koa/router` or `koa-router`, which write the matched layer's pattern into the context. */

import type { IncomingMessage } from "node:http";
import type { Guard } from "../guard";
import { ownExport, prototypeOf, wrapMethod } from "../method-wrapping";
import type { HookedPackage, ModuleExports } from "../module-hooks";
import { leaveRoute } from "./framework-route";

interface KoaContext {
  readonly _matchedRoute?: unknown;
}

export function koaPackage(guard: Guard): HookedPackage {
  const hook = {
    majors: [2, 3],
    install: (exports: ModuleExports) => {
      wrapMethod(
        // CommonJS exports the class itself; a bundler's wrapper calls it `default`.
        prototypeOf(exports) ?? prototypeOf(ownExport(exports, "default")),
        "createContext",
        (original) =>
          function (this: unknown, ...args) {
            const context = original.apply(this, args);
            guard.run("koa-route", () =>
              leaveRoute(args[0] as IncomingMessage, context as KoaContext, routeOf),
            );
            return context;
          },
      );
    },
  };
  return { packageName: "koa", hook: () => hook };
}

function routeOf({ _matchedRoute: matched }: KoaContext): string | null {
  if (typeof matched === "string") return matched === "" ? "/" : matched;
  return matched instanceof RegExp ? String(matched) : null;
}

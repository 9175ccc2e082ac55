/**
 * Libraries that are ES modules themselves, which no hook of ours sees load. One that stands on a CommonJS
 * package is known to be near once that package loads, and can then be asked for: `require` of an ES module
 * gives the one instance that the application has too. Node 20.19 and later.
 */

import { createRequire } from "node:module";
import type { Guard } from "./guard";
import { packageAround } from "./installed-package";
import type { ModuleHook } from "./module-hooks";

/** While the application's modules are still being evaluated, asking for one of them throws. */
const MAX_LOOKS = 5;
const LOOK_INTERVAL_MS = 1000;

/**
 * Loads `library` once `dependency` has loaded, where it is installed beside it: by that the library's own
 * hook sees it. An application that has the library and never uses it pays for its loading.
 *
 * @param dependency a CommonJS package that the library imports.
 */
export function besideHook(library: string, dependency: string, guard: Guard): ModuleHook {
  const seen = new Set<string>();
  return {
    packageName: dependency,
    majors: null,
    install: (_exports, file) => {
      if (seen.has(file)) return;
      seen.add(file);
      const entry = resolved(library, file);
      // As CommonJS it passes the hooks by itself.
      if (entry !== null && packageAround(entry, library)?.isEsModule === true)
        look(library, entry, guard, 1);
    },
  };
}

function look(library: string, entry: string, guard: Guard, times: number): void {
  if ((process.features as { readonly require_module?: boolean }).require_module !== true) return;
  const timer = setTimeout(
    () => {
      try {
        // Asked for in the library's own name: elsewhere Node 20 and 22 warn of `require` of an ES module.
        createRequire(entry)(entry);
      } catch {
        if (times < MAX_LOOKS) look(library, entry, guard, times + 1);
        else guard.drop(`library ${library}`);
      }
    },
    times === 1 ? 0 : LOOK_INTERVAL_MS,
  );
  timer.unref();
}

function resolved(library: string, beside: string): string | null {
  try {
    return createRequire(beside).resolve(library);
  } catch {
    return null;
  }
}

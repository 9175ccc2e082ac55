/**
 * Libraries that are ES modules themselves, which no hook of ours sees load. They can be asked for: `require`
 * of an ES module gives the one instance that the application has too, and by that the library's own hook
 * sees it. Node 20.19 and later. An application that never uses such a library pays for its loading.
 */

import { createRequire } from "node:module";
import path from "node:path";
import type { Guard } from "./guard";
import { dependsOn, packageAround } from "./installed-package";
import type { HookedPackage } from "./module-hooks";

/** While the application's modules are still being loaded, asking for one of them throws. */
const MAX_LOOKS = 5;
const LOOK_INTERVAL_MS = 1000;

/**
 * Asks for `library` once `dependency` has loaded, where it is installed beside it.
 *
 * @param dependency a CommonJS package that the library imports, and by that says that it is near.
 */
export function besideHook(library: string, dependency: string, guard: Guard): HookedPackage {
  const seen = new Set<string>();
  const install = (_exports: unknown, file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    lookFrom(file, library, guard, 0);
  };
  return { packageName: dependency, hook: () => ({ majors: null, install }) };
}

/** Asks for `library` where the application's own package depends on it. @returns stops asking. */
export function askForDependency(library: string, guard: Guard): () => void {
  const main = path.resolve(process.argv[1] ?? "main.js");
  return dependsOn(main, library) ? lookFrom(main, library, guard, LOOK_INTERVAL_MS) : () => undefined;
}

function lookFrom(file: string, library: string, guard: Guard, afterMs: number): () => void {
  const entry = resolved(library, file);
  // As CommonJS it passes the hooks by itself.
  if (entry === null || packageAround(entry, library)?.isEsModule !== true) return () => undefined;
  if ((process.features as { readonly require_module?: boolean }).require_module !== true)
    return () => undefined;
  let times = 0;
  let timer: NodeJS.Timeout;
  const look = (): void => {
    times++;
    try {
      // Asked for in the library's own name: elsewhere Node 20 and 22 warn of `require` of an ES module.
      createRequire(entry)(entry);
    } catch {
      if (times < MAX_LOOKS) timer = setTimeout(look, LOOK_INTERVAL_MS).unref();
      else guard.drop(`library ${library}`);
    }
  };
  timer = setTimeout(look, afterMs).unref();
  return () => clearTimeout(timer);
}

function resolved(library: string, beside: string): string | null {
  try {
    return createRequire(beside).resolve(library);
  } catch {
    return null;
  }
}

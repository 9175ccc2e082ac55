/**
 * Tells of libraries as the application loads them, so that they can be measured without code. Never replaces
 * what a module exports: a hook wraps methods of the classes that it finds there.
 *
 * CommonJS modules, also those that an ES module imports, pass `Module._load`. Libraries that are ES modules
 * themselves are not seen.
 */

import Module from "node:module";
import type { Guard } from "./guard";

export interface ModuleHook {
  /** Name by which the package is required. */
  readonly packageName: string;
  /**
   * Wraps what it recognises; called with every module of the package, possibly more than once with the same,
   * and with modules that are not yet complete.
   */
  readonly install: (exports: Readonly<Record<string, unknown>>) => void;
}

interface ModuleInternals {
  _load(request: string, parent: unknown, isMain: boolean): unknown;
  readonly _cache: Readonly<Record<string, { readonly exports: unknown } | undefined>>;
}

const internals = Module as unknown as ModuleInternals;

/** Begins with what is loaded already. @returns a function that stops watching; what is wrapped stays so. */
export function watchModules(hooks: readonly ModuleHook[], guard: Guard): () => void {
  const byName = new Map(hooks.map((hook) => [hook.packageName, hook]));
  let watching = true;

  function found(hook: ModuleHook, exports: unknown): void {
    if (!watching || exports === null || (typeof exports !== "object" && typeof exports !== "function"))
      return;
    const names = exports as Readonly<Record<string, unknown>>;
    guard.run(`library ${hook.packageName}`, () => hook.install(names));
  }

  for (const [file, loaded] of Object.entries(internals._cache)) {
    const hook = byName.get(packageOf(file) ?? "");
    if (hook !== undefined) found(hook, loaded?.exports);
  }
  const stopCommonJs = watchCommonJs(byName, found);
  return () => {
    watching = false;
    stopCommonJs();
  };
}

function watchCommonJs(
  byName: ReadonlyMap<string, ModuleHook>,
  found: (hook: ModuleHook, exports: unknown) => void,
): () => void {
  const original = internals._load;
  const watched = function (this: unknown, request: string, parent: unknown, isMain: boolean): unknown {
    const exports = original.call(this as ModuleInternals, request, parent, isMain);
    const hook = byName.get(request) ?? byName.get(packageOf(request) ?? "");
    if (hook !== undefined) found(hook, exports);
    return exports;
  };
  internals._load = watched;
  return () => {
    // Somebody else may have wrapped it since: then ours stays, and does nothing.
    if (internals._load === watched) internals._load = original;
  };
}

/** `@scope/name` or `name` of a file below a node_modules folder; null for any other request. */
function packageOf(file: string): string | null {
  const at = file.lastIndexOf("node_modules");
  if (at === -1) return null;
  const [scope = "", name = ""] = file.slice(at + "node_modules".length + 1).split(/[\\/]/, 2);
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

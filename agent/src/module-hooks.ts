/**
 * Tells of libraries as the application loads them, so that they can be measured without code. Never replaces
 * what a module exports: a hook wraps methods of the classes that it finds there.
 *
 * CommonJS modules, also those that an ES module imports, pass `Module._load`. An ES module itself can only be
 * reached by appending to its source a line that hands over its classes: by `module.registerHooks`, where Node has it.
 */

import Module from "node:module";
import type { Guard } from "./guard";
import { HAS_SYNCHRONOUS_MODULE_HOOKS } from "./runtime-support";

export interface ModuleHook {
  /** Name by which the package is required. */
  readonly packageName: string;
  /**
   * Wraps what it recognises; called with every module of the package, possibly more than once with the same,
   * and with modules that are not yet complete.
   */
  readonly install: (exports: Readonly<Record<string, unknown>>) => void;
  /** ES modules of the package whose classes have to be handed over. */
  readonly esModules?: readonly EsModuleHandover[];
}

export interface EsModuleHandover {
  /** End of the file's path, with forward slashes: `/p-queue/dist/index.js`. */
  readonly file: string;
  /** Names bound in the module's scope. */
  readonly names: readonly string[];
}

const HANDOVER = Symbol.for("loopscope.moduleHandover");

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
  const stopEsModules = watchEsModules(hooks, found);
  return () => {
    watching = false;
    stopCommonJs();
    stopEsModules();
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

interface LoadResult {
  readonly format?: string;
  readonly source?: unknown;
}

type LoadHook = (
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => LoadResult,
) => LoadResult;

interface SynchronousHooks {
  registerHooks(hooks: { readonly load: LoadHook }): { deregister(): void };
}

function watchEsModules(
  hooks: readonly ModuleHook[],
  found: (hook: ModuleHook, exports: unknown) => void,
): () => void {
  const handovers = hooks.flatMap((hook) => (hook.esModules ?? []).map((handover) => ({ hook, handover })));
  if (handovers.length === 0 || !HAS_SYNCHRONOUS_MODULE_HOOKS) return () => undefined;
  const receive = (index: number, names: unknown): void => {
    const entry = handovers[index];
    if (entry !== undefined) found(entry.hook, names);
  };
  Object.defineProperty(globalThis, HANDOVER, { value: receive, configurable: true, writable: true });
  const registered = (Module as unknown as SynchronousHooks).registerHooks({
    load: (url, context, nextLoad) => {
      const result = nextLoad(url, context);
      const index = handovers.findIndex(({ handover }) => url.endsWith(handover.file));
      const handover = handovers[index]?.handover;
      if (handover === undefined || result.format !== "module") return result;
      const names = handover.names.map(
        (name) => `${name}: typeof ${name} === "undefined" ? void 0 : ${name}`,
      );
      const call = `;globalThis[Symbol.for("loopscope.moduleHandover")]?.(${index}, { ${names.join(", ")} });\n`;
      return { ...result, source: `${sourceText(result.source)}\n${call}` };
    },
  });
  return () => registered.deregister();
}

function sourceText(source: unknown): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
}

/** `@scope/name` or `name` of a file below a node_modules folder; null for any other request. */
function packageOf(file: string): string | null {
  const at = file.lastIndexOf("node_modules");
  if (at === -1) return null;
  const [scope = "", name = ""] = file.slice(at + "node_modules".length + 1).split(/[\\/]/, 2);
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

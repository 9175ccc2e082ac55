/**
 * Tells of libraries as the application loads them, so that they can be measured without code. Never replaces
 * what a module exports: a hook wraps methods of the classes that it finds there.
 *
 * CommonJS modules, also those that an ES module imports, pass `Module._load`. Libraries that are ES modules
 * themselves are not seen, but where something asks for them by `require` (`es-module-libraries.ts`).
 */

import Module from "node:module";
import path from "node:path";
import type { Guard } from "./guard";
import { firstName, packageAround, packageNameIn } from "./installed-package";

export type ModuleExports = Readonly<Record<string, unknown>>;

export interface HookedPackage {
  /** Name by which the package is required. */
  readonly packageName: string;
  /** Makes the hook, once the package is loaded: its own file is loaded then, too. */
  readonly hook: () => ModuleHook;
}

export interface ModuleHook {
  /** Major versions that the hook was tested with; any other is left alone. Null: whatever the version. */
  readonly majors: readonly number[] | null;
  /**
   * Wraps what it recognises; called with every module of the package, those that it keeps to itself
   * included, possibly more than once with the same, and with modules that are not yet complete: read them
   * by `ownExport`.
   *
   * @param file a file of the package.
   */
  readonly install: (exports: ModuleExports, file: string) => void;
}

interface LoadedModule {
  readonly filename?: string | null;
}

interface ModuleInternals {
  _load(request: string, parent: LoadedModule | undefined, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: LoadedModule | undefined): string;
  readonly _cache: Readonly<
    Record<string, { readonly exports: unknown; readonly loaded: boolean } | undefined>
  >;
}

/** @param file a file of the package. */
type Found = (packageName: string, file: string, exports: object) => void;

const internals = Module as unknown as ModuleInternals;

/** Begins with what is loaded already. @returns a function that stops watching; what is wrapped stays so. */
export function watchModules(packages: readonly HookedPackage[], guard: Guard): () => void {
  const byName = new Map<string, (() => ModuleHook)[]>();
  for (const { packageName, hook } of packages)
    byName.set(packageName, [...(byName.get(packageName) ?? []), madeOnce(hook)]);
  const versions = new KnownVersions();
  let watching = true;

  const found: Found = (packageName, file, exports) => {
    if (!watching) return;
    for (const made of byName.get(packageName) ?? [])
      guard.run(`library ${packageName}`, () => {
        const hook = made();
        const isKnown = hook.majors === null || versions.knows(packageName, hook.majors, file);
        if (isKnown) hook.install(exports as ModuleExports, file);
      });
  };

  for (const [file, loaded] of Object.entries(internals._cache)) {
    const name = packageNameIn(file);
    if (name !== null && byName.has(name) && isObject(loaded?.exports)) found(name, file, loaded.exports);
  }
  const stopCommonJs = watchCommonJs(byName, found, guard);
  return () => {
    watching = false;
    stopCommonJs();
  };
}

function watchCommonJs(byName: ReadonlyMap<string, unknown>, found: Found, guard: Guard): () => void {
  const original = internals._load;
  /** Whole when they were found: a `require` within a function would find them again at each call. */
  const whole = new WeakSet<object>();
  const onLoaded = (name: string, request: string, parent: LoadedModule | undefined, exports: object) => {
    if (request.startsWith(".")) return found(name, parent?.filename ?? "", exports);
    const file = internals._resolveFilename(request, parent);
    found(name, file, exports);
    if (internals._cache[file]?.loaded === true) whole.add(exports);
  };
  const watched = function (
    this: unknown,
    request: string,
    parent: LoadedModule | undefined,
    isMain: boolean,
  ): unknown {
    const exports = original.call(this as ModuleInternals, request, parent, isMain);
    const name = packageOfRequest(request, parent);
    if (name !== null && byName.has(name) && isObject(exports) && !whole.has(exports))
      guard.run("libraries", () => onLoaded(name, request, parent, exports));
    return exports;
  };
  internals._load = watched;
  return () => {
    // Somebody else may have wrapped it since: then ours stays, and does nothing.
    if (internals._load === watched) internals._load = original;
  };
}

function packageOfRequest(request: string, parent: LoadedModule | undefined): string | null {
  if (typeof request !== "string") return null;
  if (request.startsWith(".")) {
    const file = parent?.filename;
    return typeof file === "string" ? packageNameIn(file) : null;
  }
  return packageNameIn(request) ?? firstName(request);
}

function madeOnce(make: () => ModuleHook): () => ModuleHook {
  let made: ModuleHook | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === "object" || typeof value === "function");
}

/** Says once a version that it is unknown. */
class KnownVersions {
  readonly #byFolder = new Map<string, boolean>();
  readonly #said = new Set<string>();

  knows(packageName: string, majors: readonly number[], file: string): boolean {
    const folder = path.join("node_modules", packageName);
    const at = file.lastIndexOf(folder);
    const key = `${majors} ${at === -1 ? path.dirname(file) : file.slice(0, at + folder.length)}`;
    const known = this.#byFolder.get(key);
    if (known !== undefined) return known;
    const installed = packageAround(file, packageName);
    const accepted = installed !== null && majors.includes(Number.parseInt(installed.version, 10));
    this.#byFolder.set(key, accepted);
    if (installed !== null && !accepted) this.#say(packageName, installed.version, majors);
    return accepted;
  }

  #say(name: string, version: string, majors: readonly number[]): void {
    const sentence = `${name} ${version} is not measured: the agent knows version ${majors.join(", ")}`;
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    process.emitWarning(sentence, { type: "LoopscopeWarning", code: "LOOPSCOPE_UNKNOWN_LIBRARY" });
  }
}

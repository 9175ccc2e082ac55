/**
 * Tells of modules of Node's own once the application loads them. To load them for that purpose would take
 * megabytes of every process (node:crypto, node:zlib), or print a warning (node:sqlite, on some versions).
 */
import Module from "node:module";
import path from "node:path";
import { nearestPackage } from "../installed-package";
import { wrapFunction } from "./native-call-wrapping";

/** Those whose loading nobody sees or hears. */
const SILENT: ReadonlySet<string> = new Set(["child_process", "crypto", "v8", "zlib"]);

type Loaded = (name: string, exports: object) => void;

interface ProcessModules {
  readonly moduleLoadList?: readonly string[];
  getBuiltinModule?(name: string): object | undefined;
}

export class BuiltinLoading {
  /** Not loaded yet. */
  readonly #awaited: Set<string>;
  readonly #onLoaded: Loaded;
  #modules = 0;

  /** @param names without `node:`. @param onLoaded called once each, with those loaded already at once. */
  constructor(names: Iterable<string>, onLoaded: Loaded) {
    this.#awaited = new Set(names);
    this.#onLoaded = onLoaded;
    this.look();
    if (this.#awaited.size > 0) this.#watchRequire();
    if (mainIsEsModule()) for (const name of SILENT) this.#take(name);
  }

  /**
   * Looks whether modules have been loaded since the last call by other ways than `require`: an `import` in a
   * file that was itself loaded late. Costs nothing while none have.
   */
  look(): void {
    const { moduleLoadList } = process as ProcessModules;
    if (moduleLoadList === undefined || moduleLoadList.length === this.#modules) return;
    this.#modules = moduleLoadList.length;
    for (const name of [...this.#awaited])
      if (moduleLoadList.includes(`NativeModule ${name}`)) this.#take(name);
  }

  /** Before the caller sees them: it may keep the functions that it wants, and never ask the module again. */
  #watchRequire(): void {
    wrapFunction(Module, "_load", (original, receiver, args) => {
      const exports = Reflect.apply(original, receiver, args);
      const request = args[0];
      if (this.#awaited.size > 0 && typeof request === "string")
        this.#take(request.startsWith("node:") ? request.slice(5) : request);
      return exports;
    });
  }

  #take(name: string): void {
    if (!this.#awaited.has(name)) return;
    const exports = (process as ProcessModules).getBuiltinModule?.(`node:${name}`);
    if (exports === undefined) return;
    this.#awaited.delete(name);
    this.#onLoaded(name, exports);
  }
}

/**
 * Imports of a static graph are bound before any beat, and seen by no hook: for such a program the modules
 * are loaded at once. A file that Node finds to be an ES module by its syntax alone passes as CommonJS.
 */
function mainIsEsModule(): boolean {
  const [, main] = process.argv;
  if (main === undefined || /\.c[jt]s$/.test(main)) return false;
  return /\.m[jt]s$/.test(main) || nearestPackage(path.resolve(main))?.isEsModule === true;
}

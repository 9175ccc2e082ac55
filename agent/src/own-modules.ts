/**
 * Loads the agent's own modules in the place of Node's `require`, which resolves the path of each, asks the
 * file system several times and keeps what it learned: for some hundred small files that was a third of the
 * agent's start-up, and megabytes of memory, since V8 then optimizes functions that an idle process never
 * needs again. A module is the same by either way: one file, CommonJS, under its own name in every stack.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";

const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];

interface OwnModule {
  readonly exports: object;
}

const modules = new Map<string, OwnModule>();

/** Where this file is no file of its own, the application's bundler pulled the agent into one with others. */
export const IS_BUNDLED = path.basename(__filename) !== "own-modules.js";

/**
 * Loads a module of this folder, once a process (and thread), with all that it imports.
 *
 * @param request relative to this folder: `./running-agent`.
 * @param byNode loads the same by Node's own means, where it cannot be read from its file; written out by the
 *   caller, so that bundlers see what belongs to the agent.
 */
export function requireOwn<T>(request: string, byNode: () => T): T {
  if (IS_BUNDLED) return byNode();
  try {
    return requireFrom(__dirname, request) as T;
  } catch {
    return byNode();
  }
}

function requireFrom(folder: string, request: string): unknown {
  return request.startsWith(".") ? load(resolve(folder, request)) : require(request);
}

function load(file: string): object {
  const known = modules.get(file);
  if (known !== undefined) return known.exports;
  const loaded: OwnModule = { exports: {} };
  // Before it runs: modules may import each other in a circle.
  modules.set(file, loaded);
  const folder = file.slice(0, file.lastIndexOf(path.sep));
  const ownRequire = (name: string): unknown => requireFrom(folder, name);
  try {
    const run = vm.compileFunction(readFileSync(file, "utf8"), PARAMETERS, { filename: file });
    run.call(loaded.exports, loaded.exports, ownRequire, loaded, file, folder);
  } catch (error) {
    modules.delete(file);
    throw error;
  }
  return loaded.exports;
}

/** `path.join` looks at each character. What our compiler writes is `./` or `../`, names, and no extension. */
function resolve(folder: string, request: string): string {
  let from = folder;
  let names = request.startsWith("./") ? request.slice(2) : request;
  while (names.startsWith("../")) {
    from = from.slice(0, from.lastIndexOf(path.sep));
    names = names.slice(3);
  }
  return `${from}${path.sep}${path.sep === "/" ? names : names.replaceAll("/", path.sep)}.js`;
}

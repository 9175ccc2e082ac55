/** Which package a file belongs to, and its version: read from the disk once a folder. */

import { readFileSync } from "node:fs";
import path from "node:path";

export interface InstalledPackage {
  readonly name: string;
  /** As in its package.json; empty where that names none. */
  readonly version: string;
  /** Whether its `.js` files are ES modules. */
  readonly isEsModule: boolean;
  /** Names. */
  readonly dependencies: ReadonlySet<string>;
}

interface PackageJson {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
}

/** Folders above a file that are looked at: no package nests its files deeper. */
const MAX_FOLDERS = 20;

/** `@scope/name` or `name` of a file below a node_modules folder; null for any other request. */
export function packageNameIn(file: string): string | null {
  const at = file.lastIndexOf("node_modules");
  return at === -1 ? null : firstName(file.slice(at + "node_modules".length + 1));
}

/** `@scope/name` or `name` at the start of a request like `name/lib/file.js`. */
export function firstName(request: string): string {
  const [scope = "", name = ""] = request.split(/[\\/]/, 2);
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

/** The package whose file it is. */
export function nearestPackage(file: string): InstalledPackage | null {
  return firstAround(file, () => true);
}

/** The package called `name` around a file; null when none of the folders above is it. */
export function packageAround(file: string, name: string): InstalledPackage | null {
  return firstAround(file, (found) => found.name === name);
}

/** Whether the package that a file of the application belongs to depends on another. */
export function dependsOn(file: string, name: string): boolean {
  // A folder of compiled files may have a package.json of its own, which names no dependencies.
  return firstAround(file, ({ dependencies }) => dependencies.size > 0)?.dependencies.has(name) === true;
}

function firstAround(file: string, fits: (found: InstalledPackage) => boolean): InstalledPackage | null {
  let folder = path.dirname(file);
  for (let looked = 0; looked < MAX_FOLDERS; looked++) {
    const found = readPackage(path.join(folder, "package.json"));
    if (found !== null && fits(found)) return found;
    const above = path.dirname(folder);
    if (above === folder) return null;
    folder = above;
  }
  return null;
}

function readPackage(file: string): InstalledPackage | null {
  try {
    const { name, version, type, dependencies } = JSON.parse(readFileSync(file, "utf8")) as PackageJson;
    return {
      name: String(name ?? ""),
      version: String(version ?? ""),
      isEsModule: type === "module",
      dependencies: new Set(Object.keys(dependencies ?? {})),
    };
  } catch {
    // Most folders have none.
    return null;
  }
}

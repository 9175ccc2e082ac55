/** The repository's own files, as the tests that hold its rules see them. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

/** Absolute path of the checkout. Compiled tests lie four folders below it. */
export const REPOSITORY_ROOT = path.resolve(__dirname, "../../../..");

/** Paths, relative to the checkout, of every file that is or would be committed. */
export function committedFiles(): readonly string[] {
  const listing = execFileSync(
    "git",
    ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
    {
      cwd: REPOSITORY_ROOT,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return [...new Set(listing.split("\0").filter((file) => file !== ""))].sort();
}

/** TypeScript that we write by hand: no declarations, no fixtures. */
export function typescriptFiles(): readonly string[] {
  return committedFiles().filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && !file.includes("/fixtures/"),
  );
}

export function readRepositoryFile(file: string): string {
  return readFileSync(path.join(REPOSITORY_ROOT, file), "utf8");
}

/** Module specifiers of every static import and re-export of a file, types included. */
export function importsOf(file: string): readonly string[] {
  const statements = readRepositoryFile(file).matchAll(
    /^\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)|\brequire\("([^"]+)"\)/gm,
  );
  return [...statements].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? "");
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** From dashboards/build/test to the repository's root. */
export const REPOSITORY_ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export function readFromRepository(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), "utf8");
}

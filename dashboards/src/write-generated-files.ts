/** `npm run dashboards`: writes every generated file and says which ones changed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles } from "./generated-files.js";

/** From dashboards/build/src to the repository's root. */
const root = fileURLToPath(new URL("../../../", import.meta.url));

for (const file of generatedFiles()) {
  const path = join(root, file.path);
  const before = existsSync(path) ? readFileSync(path, "utf8") : null;
  if (before === file.content) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file.content);
  console.log(`${before === null ? "wrote" : "updated"} ${file.path}`);
}

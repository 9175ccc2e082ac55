import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { committedFiles, REPOSITORY_ROOT, readRepositoryFile } from "./source-tree";

function documents(): readonly string[] {
  return committedFiles().filter((file) => file.endsWith(".md") && !file.includes("/fixtures/"));
}

function scriptsOfRoot(): readonly string[] {
  const manifest = JSON.parse(readRepositoryFile("package.json")) as { scripts: Record<string, string> };
  return Object.keys(manifest.scripts);
}

test("every relative link in a document leads to a file", () => {
  const broken = documents().flatMap((file) =>
    [...readRepositoryFile(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? "")
      .filter((link) => !existsSync(path.join(REPOSITORY_ROOT, path.dirname(file), link)))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test("every npm script that a document names exists", () => {
  const scripts = scriptsOfRoot();
  const missing = documents().flatMap((file) =>
    [...readRepositoryFile(file).matchAll(/npm run (?:--silent )?([a-z][a-z:-]*[a-z])/g)]
      .map((match) => match[1] ?? "")
      .filter((script) => !scripts.includes(script))
      .map((script) => `${file}: npm run ${script}`),
  );
  assert.deepEqual([...new Set(missing)], []);
});

test("the vocabulary of npm scripts is complete", () => {
  const missing = ["build", "test", "check", "load", "bench", "dashboards", "clinic"].filter(
    (script) => !scriptsOfRoot().includes(script),
  );
  assert.deepEqual(missing, []);
});

test("no document names a folder of the machine it was written on", () => {
  const strays = committedFiles()
    .filter((file) => /\.(ts|md|js|cjs|mjs|json|ya?ml)$/.test(file) && file !== "package-lock.json")
    .filter((file) => /(^|[^\w./-])\/(work|root|farm)\//m.test(readRepositoryFile(file)))
    .filter((file) => !file.startsWith("agent/test/repository/"));
  assert.deepEqual(strays, []);
});

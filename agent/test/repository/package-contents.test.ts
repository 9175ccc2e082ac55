import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { committedFiles, REPOSITORY_ROOT, readRepositoryFile } from "./source-tree";

interface PackedFile {
  readonly path: string;
}

function packedFiles(workspace: string): readonly string[] {
  const listing = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts", "-w", workspace], {
    cwd: REPOSITORY_ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const parsed = JSON.parse(listing) as
    | readonly { files: readonly PackedFile[] }[]
    | Record<string, { files: readonly PackedFile[] }>;
  return Object.values(parsed).flatMap((entry) => entry.files.map((file) => file.path));
}

for (const workspace of ["agent", "loadtests", "dashboards"]) {
  test(`the ${workspace} package ships its build and no test, fixture or build record`, () => {
    const files = packedFiles(workspace);
    assert.ok(files.includes("package.json"));
    assert.ok(
      files.some((file) => file.startsWith("build/src/") && file.endsWith(".js")),
      "no compiled code",
    );
    const strays = files.filter((file) =>
      /(^|\/)(test|fixtures|benchmarks)\/|\.tsbuildinfo$|^src\//.test(file),
    );
    assert.deepEqual(strays, []);
  });
}

test("the agent depends on prom-client alone", () => {
  const manifest = JSON.parse(readRepositoryFile("agent/package.json")) as {
    dependencies: Record<string, string>;
  };
  assert.deepEqual(Object.keys(manifest.dependencies), ["prom-client"]);
});

test("the agent's exports are closed to what the architecture names", () => {
  const manifest = JSON.parse(readRepositoryFile("agent/package.json")) as {
    exports: Record<string, unknown>;
  };
  assert.deepEqual(Object.keys(manifest.exports), [".", "./register", "./catalog", "./package.json"]);
});

test("the top level holds what it is meant to hold", () => {
  const allowed = new Set([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "agent",
    "dashboards",
    "docker-compose.yml",
    "docs",
    "loadtests",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
  ]);
  const top = new Set(committedFiles().map((file) => file.split("/")[0] ?? ""));
  const strays = [...top].filter((name) => !name.startsWith(".") && !allowed.has(name));
  assert.deepEqual(strays, []);
});

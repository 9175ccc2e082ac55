import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { importsOf, readRepositoryFile, typescriptFiles } from "./source-tree";

/**
 * Which folder of a package's `src/` may import which others. A folder may always import itself; `.` is the
 * files that lie in `src/` directly. Compilation does not catch relative imports across packages: this does.
 */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, readonly string[] | "all">>>> = {
  agent: {
    ".": "all",
    catalog: [],
    config: [".", "catalog"],
    quantiles: [".", "catalog"],
    downstream: [".", "catalog", "config", "quantiles"],
    request: [".", "catalog", "config", "quantiles", "downstream"],
    eventloop: [".", "catalog", "config", "quantiles", "request"],
    runtime: [".", "catalog", "config", "quantiles"],
    work: [".", "catalog", "config", "quantiles", "downstream"],
    export: [".", "catalog", "config", "quantiles"],
    cluster: [".", "catalog", "config", "quantiles", "export"],
  },
  loadtests: {
    ".": [],
    measure: [".", "engine"],
    engine: [".", "measure"],
    target: [".", "measure"],
    judge: [".", "measure", "engine"],
    diagnose: [".", "measure", "engine", "report"],
    report: [".", "measure", "engine", "judge"],
    export: [".", "measure", "engine"],
    cli: "all",
  },
  dashboards: {
    ".": "all",
    promql: ["."],
    panels: [".", "promql", "rules"],
    rules: [".", "promql"],
    boards: [".", "promql", "panels", "rules"],
    config: ["."],
    page: [],
    stack: [".", "config"],
  },
};

interface Place {
  readonly package: string;
  readonly folder: string;
}

function placeOf(file: string): Place | undefined {
  const match = /^(agent|loadtests|dashboards)\/src\/(?:([^/]+)\/)?/.exec(file);
  if (match === null) return undefined;
  return { package: match[1] ?? "", folder: match[2] ?? "." };
}

function relativeEdges(): readonly { from: string; to: string }[] {
  return typescriptFiles().flatMap((from) =>
    importsOf(from)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => ({
        from,
        to: path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier)),
      })),
  );
}

test("a folder imports only the folders that the table of layers allows", () => {
  const breaches = relativeEdges().flatMap(({ from, to }) => {
    const source = placeOf(from);
    if (source === undefined) return [];
    const target = placeOf(to);
    if (target === undefined || target.package !== source.package)
      return [`${from} leaves its package: ${to}`];
    if (target.folder === source.folder) return [];
    const allowed = ALLOWED[source.package]?.[source.folder];
    if (allowed === undefined) return [`${from}: ${source.folder}/ has no row in the table of layers`];
    return allowed === "all" || allowed.includes(target.folder) ? [] : [`${from} may not import ${to}`];
  });
  assert.deepEqual(breaches, []);
});

test("load tests and dashboards know of the agent nothing but its catalogue", () => {
  const breaches = typescriptFiles()
    .filter((file) => /^(loadtests|dashboards)\/src\//.test(file))
    .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
    .filter(
      ({ specifier }) => specifier.startsWith("@loopscope/") && specifier !== "@loopscope/agent/catalog",
    );
  assert.deepEqual(breaches, []);
});

test("the agent imports neither load tests nor dashboards, and prom-client is its only dependency", () => {
  const foreign = typescriptFiles()
    .filter((file) => file.startsWith("agent/src/"))
    .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
    .filter(({ specifier }) => !/^(\.|node:|prom-client$)/.test(specifier));
  assert.deepEqual(foreign, []);
});

test("the catalogue imports nothing outside its folder", () => {
  const outside = relativeEdges().filter(
    ({ from, to }) => from.startsWith("agent/src/catalog/") && !to.startsWith("agent/src/catalog/"),
  );
  assert.deepEqual(outside, []);
});

test("no module of the agent imports another while it runs, which its own way of loading them does not know", () => {
  const dynamic = typescriptFiles()
    .filter((file) => file.startsWith("agent/src/"))
    .filter((file) => /(?<!typeof )\bimport\(/.test(withoutTypes(readRepositoryFile(file))));
  assert.deepEqual(dynamic, []);
});

/** `typeof import("x")` and `import("x").Type` are gone after compilation; comments may speak of `import()`. */
function withoutTypes(source: string): string {
  return source.replace(/import\("[^"]+"\)\.\w+/g, "").replace(/^\s*(\*|\/\/|\/\*).*$/gm, "");
}

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { committedFiles, readRepositoryFile, typescriptFiles } from "./source-tree";

const MAX_FILE_LINES = 300;
const MAX_LINE_COLUMNS = 110;
const MAX_FUNCTION_LINES = 70;
const VAGUE_NAMES = new Set(["utils", "util", "helpers", "helper", "common", "types", "misc", "shared"]);

function isProductCode(file: string): boolean {
  return !file.includes("/test/") && !file.includes("/benchmarks/");
}

test(`no source file is longer than ${MAX_FILE_LINES} lines`, () => {
  const long = typescriptFiles()
    .map((file) => ({ file, lines: readRepositoryFile(file).trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > MAX_FILE_LINES);
  assert.deepEqual(long, []);
});

test(`no source line is wider than ${MAX_LINE_COLUMNS} columns, literals and links apart`, () => {
  const wide = typescriptFiles().flatMap((file) =>
    readRepositoryFile(file)
      .split("\n")
      .map((line, index) => ({ place: `${file}:${index + 1}`, line }))
      .filter(({ line }) => line.length > MAX_LINE_COLUMNS && !/["'`/]/.test(line))
      .map(({ place }) => place),
  );
  assert.deepEqual(wide, []);
});

test(`no function is longer than ${MAX_FUNCTION_LINES} lines`, () => {
  const long = typescriptFiles().filter(isProductCode).flatMap(longFunctions);
  assert.deepEqual(long, []);
});

test("file names are kebab-case and say what is in the file", () => {
  const unclear = committedFiles()
    .filter((file) => /\.(ts|js|cjs|mjs)$/.test(file) && !file.includes("/fixtures/"))
    .filter((file) => {
      const name = path.posix.basename(file).replace(/(\.(test|d))?\.[a-z]+$/, "");
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || VAGUE_NAMES.has(name);
    });
  assert.deepEqual(unclear, []);
});

test("a package has one index.ts", () => {
  const misplaced = typescriptFiles().filter(
    (file) => /(^|\/)index\.ts$/.test(file) && file !== "agent/src/index.ts",
  );
  assert.deepEqual(misplaced, []);
});

test("clocks, randomness and the environment are each read in one place a package", () => {
  const doors: readonly { readonly what: RegExp; readonly allowed: RegExp }[] = [
    {
      what: /\bDate\.now\(|\bperformance\.(now|timeOrigin)\b/,
      allowed: /\/src\/(clock|page\/page-clock)\.ts$/,
    },
    { what: /\bMath\.random\(/, allowed: /\/src\/(clock|randomness)\.ts$|\/random[a-z-]*\.ts$/ },
    { what: /\bprocess\.env\b/, allowed: /\/src\/(config|cli)\/[a-z-]*environment\.ts$/ },
  ];
  const breaches = typescriptFiles()
    .filter((file) => /^(agent|loadtests|dashboards)\/src\//.test(file))
    .flatMap((file) => {
      const code = withoutComments(readRepositoryFile(file));
      return doors
        .filter(({ what, allowed }) => what.test(code) && !allowed.test(file))
        .map(({ what }) => `${file}: ${what.source}`);
    });
  assert.deepEqual(breaches, []);
});

test("nothing is left for later, and no test is switched off", () => {
  const marks = typescriptFiles()
    .filter((file) => !file.startsWith("agent/test/repository/"))
    .filter((file) =>
      /\b(TODO|FIXME|XXX)\b|\b(test|it|describe)\.(only|todo)\(/.test(readRepositoryFile(file)),
    );
  assert.deepEqual(marks, []);
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** Relies on the formatter: a declaration's closing brace stands in the column in which the declaration begins. */
function longFunctions(file: string): readonly string[] {
  const lines = readRepositoryFile(file).split("\n");
  return lines.flatMap((line, start) => {
    const head =
      /^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function[\s*]+\w*\s*[(<]|(?:const|let)\s+\w+\s*=\s*(?:async\s*)?\()/.exec(
        line,
      );
    if (head === null) return [];
    const indent = head[1] ?? "";
    const ends = (later: string) =>
      later.startsWith(`${indent}}`) || (later.endsWith(";") && later.search(/\S/) <= indent.length);
    const length = line.endsWith(";") ? 1 : lines.slice(start + 1).findIndex(ends) + 2;
    return length > MAX_FUNCTION_LINES ? [`${file}:${start + 1} (${length} lines)`] : [];
  });
}

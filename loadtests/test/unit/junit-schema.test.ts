/** junit.xml against a strict reader, a schema of what all its readers have in common, and GitLab's limits. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { JunitOptions } from "../../src/report/junit-document.js";
import { renderJunitXml } from "../../src/report/junit-xml.js";
import type { RunDocument } from "../../src/report/run-document.js";
import { AWKWARD_NAMES, awkwardRun, crowdedRun, emptyRun } from "../generated/awkward-run.js";
import { USUAL_LOAD, writeGeneratedRun } from "../generated/generated-run.js";
import { readXml, type XmlElement } from "./xml-reader.js";

const SCHEMA = fileURLToPath(new URL("../../../test/fixtures/reports/junit.xsd", import.meta.url));
/** GitLab takes no report of this size or more. */
const MOST_FILE_BYTES = 30e6;
const skipWithoutXmllint =
  spawnSync("xmllint", ["--version"]).status === 0 ? false : "xmllint is not installed (libxml2-utils)";

let folder = "";
let usual: RunDocument;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-junit-"));
  ({ document: usual } = await writeGeneratedRun(folder, { ...USUAL_LOAD, seconds: 4 }));
});

after(() => rm(folder, { recursive: true, force: true }));

/** What is reported, the run, how many cases it has. */
const RUNS: readonly (readonly [string, (run: RunDocument) => RunDocument, number])[] = [
  ["a usual run", (run) => run, 5],
  ["a run with awkward names", awkwardRun, 1 + 2 * AWKWARD_NAMES.length],
  ["a run without a request", emptyRun, 2],
  ["10,000 thresholds and 10,000 checks", (run) => crowdedRun(run, 10_000, 80), 20_001],
  ["names of 5,000 characters", (run) => crowdedRun(run, 100, 5000), 201],
  ["an interrupted run", (run) => ended(run, 105), 5],
  ["a run whose target died", (run) => ended(run, 120), 5],
];

function ended(run: RunDocument, exitCode: number): RunDocument {
  return { ...run, outcome: { kind: "aborted", message: null, exitCode } };
}

for (const [title, change, cases] of RUNS) {
  test(`${title} makes ${cases} cases, each with a name of its own`, () => {
    const text = renderJunitXml(change(usual), { scriptFile: 'load/a "b".ts' });
    assert.ok(Buffer.byteLength(text) < MOST_FILE_BYTES, `${Buffer.byteLength(text)} bytes`);
    const root = readXml(text);
    const all = root.children.flatMap((suite) => casesOf(suite));
    assert.equal(all.length, cases);
    assert.equal(Number(root.attributes.tests), cases);
    const names = new Set(all.map(({ attributes: { classname, name } }) => `${classname}\n${name}`));
    assert.equal(names.size, cases);
    for (const { attributes } of all) {
      assert.ok((attributes.name ?? "").length <= 255 && (attributes.classname ?? "").length <= 255);
    }
    for (const suite of [root, ...root.children]) assertCounts(suite);
  });

  test(`${title} is valid by the schema`, { skip: skipWithoutXmllint }, async () => {
    const file = path.join(folder, "junit.xml");
    await writeFile(file, renderJunitXml(change(usual), { scriptFile: "load/users.ts" }));
    const end = spawnSync("xmllint", ["--noout", "--nonet", "--huge", "--schema", SCHEMA, file], {
      encoding: "utf8",
    });
    assert.equal(end.status, 0, end.stderr.slice(0, 2000));
  });
}

test("GitLab's link to the script stands on each case only where it is asked for", () => {
  const files = (options: JunitOptions): readonly (string | undefined)[] =>
    readXml(renderJunitXml(usual, options)).children.flatMap((suite) => [
      suite.attributes.file,
      ...casesOf(suite).map(({ attributes }) => attributes.file),
    ]);
  assert.deepEqual([...new Set(files({ scriptFile: "a.ts", fileOnCases: true }))], ["a.ts"]);
  assert.deepEqual([...new Set(files({ scriptFile: "a.ts" }))], ["a.ts", undefined]);
  assert.deepEqual([...new Set(files({ fileOnCases: true }))], [undefined]);
});

test("figures stand in a failure's text, which GitLab reads, and in its message, which others read", () => {
  const failures = readXml(renderJunitXml(awkwardRun(usual))).children.flatMap((suite) =>
    casesOf(suite).flatMap(({ children }) => children),
  );
  assert.ok(failures.length > AWKWARD_NAMES.length);
  for (const { text, attributes } of failures) {
    assert.equal(text.replace(/[\t\n\r]+/g, " ").trim(), attributes.message);
    assert.match(text, /\d/);
  }
});

test("names that only differ in what XML cannot hold, or look like ours for a second one, stay apart", () => {
  const check = (name: string) => ({ name, path: `::${name}`, passes: 1, fails: 0 });
  const checks = ["a", "a", "a (2)", "a\u0000", "a\n", "a (2)"].map(check);
  const xml = renderJunitXml({ ...usual, client: { ...usual.client, checks } });
  const suite = readXml(xml).children.find(({ attributes }) => attributes.name === "users.checks");
  const names = suite?.children.map(({ attributes }) => attributes.name);
  assert.deepEqual(names, ["a", "a (2)", "a (2) (2)", "a (3)", "a (4)", "a (2) (3)"]);
});

function casesOf(suite: XmlElement): readonly XmlElement[] {
  return suite.children.filter(({ name }) => name === "testcase");
}

function assertCounts(element: XmlElement): void {
  const cases = element.name === "testsuites" ? element.children.flatMap(casesOf) : casesOf(element);
  const having = (kind: string): number =>
    cases.filter(({ children }) => children.some(({ name }) => name === kind)).length;
  assert.deepEqual(
    [element.attributes.tests, element.attributes.failures, element.attributes.errors].map(Number),
    [cases.length, having("failure"), having("error")],
  );
}

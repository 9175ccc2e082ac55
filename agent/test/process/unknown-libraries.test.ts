/** Libraries that look like ones that the agent measures, and are not as it knows them. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { REGISTER, runNode } from "./run-node";

/** Has the methods by which the agent recognises mysql2's Connection, and nothing of what is behind them. */
const LIBRARY = `exports.Connection = require("./connection");`;
const CONNECTION = `
module.exports = class Connection {
  addCommand() {}
  execute() {}
  query(text, callback) { callback(null, "answer to " + text); }
};`;
const PROGRAM = `
const { Connection } = require("mysql2");
const inner = require("mysql2/connection");
process.on("warning", ({ code, message }) => console.log("warning", code, message));
const { query } = Connection.prototype;
for (const text of ["one", "two"]) new Connection().query(text, (_error, answer) => console.log(answer));
console.log(inner === Connection && /callback\\(null/.test(String(query)) ? "untouched" : "wrapped");
`;

function programWith(t: TestContext, version: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-library-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const library = path.join(folder, "node_modules", "mysql2");
  mkdirSync(library, { recursive: true });
  const description = JSON.stringify({ name: "mysql2", version });
  for (const [file, text] of [
    ["package.json", description],
    ["index.js", LIBRARY],
    ["connection.js", CONNECTION],
  ] as const)
    writeFileSync(path.join(library, file), text);
  const program = path.join(folder, "program.cjs");
  writeFileSync(program, PROGRAM);
  return program;
}

test("a library of an unknown version is left as it is, after one warning", async (t) => {
  const run = await runNode(["--require", REGISTER, programWith(t, "99.1.2")]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(run.stdout.trim().split("\n"), [
    "answer to one",
    "answer to two",
    "untouched",
    "warning LOOPSCOPE_UNKNOWN_LIBRARY mysql2 99.1.2 is not measured: the agent knows version 2, 3",
  ]);
});

test("a library that is not what its version promises works all the same, after one warning", async (t) => {
  const run = await runNode(["--require", REGISTER, programWith(t, "3.0.0")]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /^answer to one\nanswer to two\nwrapped\n/);
  assert.equal(run.stdout.match(/warning LOOPSCOPE_PART_FAILED library mysql2/g)?.length, 1, run.stdout);
});

test("a library of an unknown version is not spoken of where libraries are not measured", async (t) => {
  const run = await runNode(["--require", REGISTER, programWith(t, "99.1.2")], {
    LOOPSCOPE_INSTRUMENT_LIBRARIES: "off",
  });
  assert.doesNotMatch(run.stdout + run.stderr, /LOOPSCOPE_UNKNOWN_LIBRARY/);
});

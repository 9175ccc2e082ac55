import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { selectJson } from "../../src/engine/embedded/k6/json-path.js";
import { K6_MODULE_EXPORTS } from "../../src/engine/embedded/k6/k6-module-exports.js";
import { prepareScript } from "../../src/engine/embedded/prepare-script.js";

describe("k6's modules", () => {
  it("hold exactly what the compiler lets scripts import", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "loopscope-modules-"));
    const scriptPath = path.join(folder, "script.js");
    const names = Object.keys(K6_MODULE_EXPORTS);
    const imports = names.map((name, index) => `import * as m${index} from ${JSON.stringify(name)};`);
    const listed = names.map((_name, index) => `Object.keys(m${index}).sort()`);
    writeFileSync(
      scriptPath,
      `${imports.join("\n")}\nexport const options = { tags: { found: JSON.stringify([${listed.join(", ")}]) } };
       throw new Error(options.tags.found);`,
    );
    // The init code hands its findings out as the error that ends it.
    const error = await prepareScript({ scriptPath, env: {}, overrides: {} }).catch(
      (reason: Error) => reason,
    );
    rmSync(folder, { recursive: true });
    assert.ok(error instanceof Error);
    const found = JSON.parse(error.message.slice(error.message.indexOf("[["))) as string[][];
    assert.deepEqual(
      Object.fromEntries(names.map((name, index) => [name, found[index]])),
      Object.fromEntries(names.map((name) => [name, Object.keys(K6_MODULE_EXPORTS[name] ?? {}).sort()])),
    );
  });
});

describe("json paths", () => {
  const data = {
    name: { first: "Tom", "last.name": "Anderson" },
    age: 37,
    children: ["Sara", "Alex", "Jack"],
    friends: [
      { first: "Dale", age: 44, nets: ["ig", "fb"] },
      { first: "Roger", age: 68, nets: ["fb"] },
      { first: "Jane", age: 47, nets: ["ig"] },
    ],
  };
  const table: readonly (readonly [string, unknown])[] = [
    ["name.first", "Tom"],
    ["name.last\\.name", "Anderson"],
    ["age", 37],
    ["children.#", 3],
    ["children.1", "Alex"],
    ["na*.first", "Tom"],
    ["friends.#.first", ["Dale", "Roger", "Jane"]],
    ['friends.#(first=="Roger").age', 68],
    ["friends.#(age>45)#.first", ["Roger", "Jane"]],
    ['friends.#(first%"J*").age', 47],
    ["friends.0.nets.#", 2],
    ["none", undefined],
    ["children.9", undefined],
  ];
  for (const [where, expected] of table) {
    it(`find ${JSON.stringify(expected)} at ${where}`, () =>
      assert.deepEqual(selectJson(data, where), expected));
  }
});

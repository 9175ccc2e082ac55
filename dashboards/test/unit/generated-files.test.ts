import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generatedFiles } from "../../src/generated-files.js";
import { REPOSITORY_ROOT, readFromRepository } from "../repository-root.js";

for (const file of generatedFiles()) {
  test(`${file.path} is what its TypeScript sources say`, () => {
    assert.equal(readFromRepository(file.path), file.content, "stale: run `npm run dashboards`");
  });
}

test("no generated folder holds a file that nothing generates", () => {
  const known = new Set(generatedFiles().map((file) => file.path));
  for (const folder of ["dashboards/grafana/dashboards", "dashboards/prometheus/rules"]) {
    for (const name of readdirSync(join(REPOSITORY_ROOT, folder))) {
      assert.ok(known.has(`${folder}/${name}`), `${folder}/${name} is a leftover`);
    }
  }
});

test("every generated file says that it is generated", () => {
  for (const file of generatedFiles()) assert.match(file.content, /[Gg]enerated from TypeScript/, file.path);
});

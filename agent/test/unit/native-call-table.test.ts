import assert from "node:assert/strict";
import { test } from "node:test";
import { NATIVE_CALL_ROWS } from "../../src/eventloop/native-call-table";

for (const module of ["fs", "child_process", "zlib", "crypto"]) {
  test(`every synchronous call of this version's node:${module} has a row`, () => {
    const known = new Set(NATIVE_CALL_ROWS.map(({ name }) => name));
    const calls = Object.keys(process.getBuiltinModule(module) ?? {}).filter((name) => name.endsWith("Sync"));
    assert.ok(calls.length > 0);
    assert.deepEqual(
      calls.filter((name) => !known.has(`${module}.${name}`)),
      [],
    );
  });
}

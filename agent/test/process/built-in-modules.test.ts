import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTER, runNode } from "./run-node";

const preloaded = ["--require", REGISTER];

test("what the application does not use of Node's own modules, the agent does not load for it", async () => {
  const { stdout, stderr } = await runNode([...preloaded, "lists-built-in-modules.cjs"]);
  const loaded = JSON.parse(stdout) as readonly string[];
  assert.ok(loaded.includes("fs"), stderr);
  assert.deepEqual(
    loaded.filter((name) => ["crypto", "zlib", "sqlite", "child_process"].includes(name)),
    [],
  );
});

for (const [way, program] of [
  ["required", "keeps-a-function.cjs"],
  ["imported at the start", "imports-a-function.mjs"],
  ["imported late", "imports-a-function-late.cjs"],
] as const) {
  test(`a call of a module that the agent did not load is named: ${way}`, async () => {
    const run = await runNode([...preloaded, program]);
    const calls = run.blocks
      .filter(({ cause }) => cause !== "host")
      .map(({ evidence }) => evidence.nativeCall);
    assert.deepEqual(calls, ["crypto.pbkdf2Sync"], run.stderr);
  });
}

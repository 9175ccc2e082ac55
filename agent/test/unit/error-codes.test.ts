import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AGENT_OPTIONS } from "../../src/config/agent-options";
import { AGENT_ERROR_CODES } from "../../src/errors";

const README = readFileSync(path.resolve(__dirname, "../../../README.md"), "utf8");

test("the README lists every error code with its meaning, and no other", () => {
  const listed = [...README.matchAll(/^\| `(LOOPSCOPE_\w+)` \| (.*[^ ]) \|$/gm)]
    .map(([, code = "", meaning = ""]) => [code, meaning])
    .filter(([code]) => code !== undefined && code in AGENT_ERROR_CODES);
  assert.deepEqual(Object.fromEntries(listed), { ...AGENT_ERROR_CODES });
});

test("the README lists every LOOPSCOPE_ variable that people set", () => {
  const variables = Object.values(AGENT_OPTIONS)
    .flatMap((row) => row.variables)
    .filter((variable) => variable.startsWith("LOOPSCOPE_") && variable !== "LOOPSCOPE_ANNOUNCE_DIR");
  const missing = variables.filter((variable) => !README.includes(`\`${variable}\``));
  assert.deepEqual(missing, []);
});

/** Jest and Vitest are large and not everybody's: run for real where they are installed, and named where not. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { REGISTER, runNode } from "./run-node";

const FOLDER = path.resolve(__dirname, "../../../test/fixtures/test-runners");
/** Where they are, when not among the workspace's own packages. */
const { LOOPSCOPE_TEST_RUNNERS: elsewhere } = process.env;

const RUNNERS: readonly {
  readonly name: string;
  readonly program: string;
  /** Ends with the option that the folder of the tests follows. */
  readonly args: readonly string[];
}[] = [
  { name: "Jest", program: "jest/bin/jest.js", args: ["--ci", "--rootDir"] },
  { name: "Jest in one process", program: "jest/bin/jest.js", args: ["--ci", "-i", "--rootDir"] },
  { name: "Vitest", program: "vitest/vitest.mjs", args: ["run", "--globals", "--root"] },
  {
    name: "Vitest with threads",
    program: "vitest/vitest.mjs",
    args: ["run", "--globals", "--pool=threads", "--root"],
  },
];

for (const { name, program, args } of RUNNERS) {
  const file = installed(program);
  const skip = file === null ? `not installed here: npm install --no-save jest vitest` : false;
  const run = async (which: string, limitMs: number) => {
    // Both write caches beside the tests.
    const folder = mkdtempSync(path.join(os.tmpdir(), "loopscope-runner-"));
    cpSync(FOLDER, folder, { recursive: true });
    const cache = name.startsWith("Jest") ? ["--cacheDirectory", path.join(folder, "cache")] : [];
    try {
      return await runNode([file ?? "", ...args, folder, ...cache, which], {
        LOOPSCOPE_FAIL_ON_BLOCK_MS: String(limitMs),
        LOOPSCOPE_LOG: "off",
        NODE_OPTIONS: `--require=${REGISTER}`,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test(`${name} fails when a test blocks too long, and shows the place`, { skip }, async () => {
    const { code, stdout, stderr } = await run("slow", 100);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /blocked \d+ ms \(javascript\) in slowParser \(.*slow\.test\.cjs:\d+\)/);
  });

  test(`${name} passes when no test blocks, whatever the runner itself does`, { skip }, async () => {
    const { code, stdout, stderr } = await run("quick", 100);
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, /LoopscopeError|LoopscopeWarning/);
  });
}

function installed(program: string): string | null {
  const [name = "", ...rest] = program.split("/");
  try {
    const paths = elsewhere === undefined ? undefined : { paths: [elsewhere] };
    return path.join(path.dirname(require.resolve(`${name}/package.json`, paths)), ...rest);
  } catch {
    return null;
  }
}

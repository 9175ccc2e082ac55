import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTER, runNode } from "./run-node";

const preloaded = ["--require", REGISTER];

test("an application goes on when the agent's thread is lost, after one warning", async () => {
  const run = await runNode([...preloaded, "loses-the-agents-thread.cjs"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /still here/);
  assert.equal(run.stdout.match(/warning LOOPSCOPE_PART_FAILED/g)?.length, 1, run.stdout);
});

test("wrapped functions look and behave like the originals", async () => {
  const run = await runNode([...preloaded, "checks-wrapped-functions.cjs"]);
  assert.equal(run.stdout.trim(), "as the originals", run.stderr);
});

test("a bad setting warns once and falls back, and the program runs", async () => {
  const run = await runNode([...preloaded, "blocks-once.cjs"], { LOOPSCOPE_BLOCK_THRESHOLD_MS: "fast" });
  assert.equal(run.code, 0);
  assert.match(
    run.stderr,
    /blockThresholdMs must be a whole number between 5 and 60000, got "fast" \(from LOOPSCOPE_BLOCK_THRESHOLD_MS\)/,
  );
  assert.equal(run.blocks.filter((block) => block.cause !== "host").length, 1);
});

test("start() refuses a bad setting with a code", async () => {
  const run = await runNode([
    "-e",
    `try { require("@loopscope/agent").start({ blockThresholdMs: 4 }); } catch (error) { console.log(error.code, error.message); }`,
  ]);
  assert.match(run.stdout, /^LOOPSCOPE_INVALID_OPTION blockThresholdMs must be .* got 4 \(from options\./);
});

test("a host that is not loopback needs a token", async () => {
  const run = await runNode([...preloaded, "blocks-once.cjs"], {
    LOOPSCOPE_HOST: "0.0.0.0",
    LOOPSCOPE_PORT: "0",
  });
  assert.equal(run.code, 0);
  assert.match(run.stderr, /host must be a loopback address unless token is set, got "0\.0\.0\.0"/);
});

test("the processes that only start others, node --watch and node --test, are left alone", async () => {
  const run = await runNode(["--test", ...preloaded, "fails-in-test-mode.test.cjs"], {
    LOOPSCOPE_LOG: "text",
  });
  assert.equal(run.code, 0, run.stdout);
});

test("what is declared by allowBlocking is not reported, and listeners hear of the rest", async () => {
  const run = await runNode([...preloaded, "allows-expected-blocking.cjs"]);
  assert.match(run.stdout, /heard of unexpected/, run.stderr);
  assert.doesNotMatch(run.stdout + run.stderr, /heard of expected|"function":"expected"/);
});

test("LOOPSCOPE_ALLOW_BLOCKING names functions that may block", async () => {
  const run = await runNode([...preloaded, "blocks-once.cjs"], { LOOPSCOPE_ALLOW_BLOCKING: "blocksOnce" });
  assert.equal(run.blocks.filter((block) => block.cause !== "host").length, 0);
});

test("a test that blocks longer than LOOPSCOPE_FAIL_ON_BLOCK_MS fails, with the place", async () => {
  const run = await runNode([...preloaded, "--test", "fails-in-test-mode.test.cjs"], {
    LOOPSCOPE_FAIL_ON_BLOCK_MS: "100",
    NODE_OPTIONS: `--require=${REGISTER}`,
  });
  assert.equal(run.code, 1);
  assert.match(run.stdout, /slowParser/);
  const passing = await runNode([...preloaded, "--test", "fails-in-test-mode.test.cjs"], {
    LOOPSCOPE_FAIL_ON_BLOCK_MS: "100",
    LOOPSCOPE_ALLOW_BLOCKING: "slowParser",
    NODE_OPTIONS: `--require=${REGISTER}`,
  });
  assert.equal(passing.code, 0, passing.stdout);
});

test("a test that loads modules for long fails only for what it does beside that", async () => {
  const runFor = (ownMs: number, allowed = "") =>
    runNode(["--test", "loads-within-a-test.test.cjs"], {
      LOOPSCOPE_FAIL_ON_BLOCK_MS: "100",
      LOOPSCOPE_ALLOW_BLOCKING: allowed,
      NODE_OPTIONS: `--require=${REGISTER}`,
      OWN_MS: String(ownMs),
    });
  const [works, loads, mayWork] = [await runFor(300), await runFor(0), await runFor(300, "slowParser")];
  assert.equal(works.code, 1, works.stdout);
  assert.match(works.stdout, /blocked \d+ ms \(javascript\) in slowParser/);
  assert.equal(loads.code, 0, loads.stdout);
  assert.equal(mayWork.code, 0, mayWork.stdout);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Block } from "../../src/catalog/block";
import { REGISTER, runNode } from "./run-node";

const registerUrl = pathToFileURL(REGISTER).href;

const WAYS: readonly { readonly way: string; readonly args: readonly string[]; readonly options?: string }[] =
  [
    { way: "--require, CommonJS", args: ["--require", REGISTER, "blocks-once.cjs"] },
    { way: "--require, ES module", args: ["--require", REGISTER, "blocks-once.mjs"] },
    { way: "--import, CommonJS", args: ["--import", registerUrl, "blocks-once.cjs"] },
    { way: "--import, ES module", args: ["--import", registerUrl, "blocks-once.mjs"] },
    { way: "--require by package name", args: ["--require", "@loopscope/agent/register", "blocks-once.cjs"] },
    { way: "--import by package name", args: ["--import", "@loopscope/agent/register", "blocks-once.mjs"] },
    { way: "NODE_OPTIONS", args: ["blocks-once.cjs"], options: `--require=${REGISTER}` },
    {
      way: "NODE_OPTIONS and a flag at once",
      args: ["--import", registerUrl, "blocks-once.mjs"],
      options: `--require=${REGISTER}`,
    },
    { way: "start(), CommonJS", args: ["starts-the-agent.cjs"] },
    { way: "start() twice", args: ["starts-the-agent.cjs", "twice"] },
    { way: "start(), ES module", args: ["starts-the-agent.mjs"] },
    { way: "preloaded and start()", args: ["--require", REGISTER, "starts-the-agent.cjs"] },
    {
      way: "a program in a folder with spaces",
      args: ["--require", REGISTER, "in a folder with spaces/blocks once.cjs"],
    },
  ];

for (const { way, args, options } of WAYS) {
  test(`a block is named once, and the process ends by itself: ${way}`, async () => {
    const run = await runNode(args, options === undefined ? {} : { NODE_OPTIONS: options });
    assert.equal(run.code, 0, run.stderr);
    // A busy machine may stop the process now and then: that is nobody's block.
    const own = run.blocks.filter((block) => block.cause !== "host");
    assert.equal(own.length, 1, run.stderr);
    assertNamesTheBlock(own[0]);
    assert.doesNotMatch(run.stderr, /Warning|debugger/);
  });
}

function assertNamesTheBlock(block: Block | undefined): void {
  assert.equal(block?.function, "blocksOnce");
  assert.match(block?.file ?? "", /blocks.once\.[cm]js$/);
  assert.equal(block?.cause, "javascript");
  assert.equal(block?.confidence, "exact");
  assert.ok((block?.durationMs ?? 0) >= 90, `${block?.durationMs}`);
}

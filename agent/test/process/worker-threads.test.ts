import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTER, startNode } from "./run-node";

test("a worker thread that is terminated while it blocks is not shown as blocked for ever", async () => {
  const running = startNode(["--require", REGISTER, "terminates-a-blocked-worker.cjs"], {
    LOOPSCOPE_PORT: "0",
  });
  const [, text = ""] = await running.until(/open (\[.*\])/);
  assert.deepEqual(JSON.parse(text), []);
  running.child.kill();
  await running.ended;
});

test("a worker thread that waits for work is idle, and is blocked only while it works", async () => {
  const running = startNode(["--require", REGISTER, "waits-for-work-in-a-worker.cjs"], {
    LOOPSCOPE_PORT: "0",
  });
  const [, idle = ""] = await running.until(/open while it waits (\[.*\])/);
  assert.deepEqual(JSON.parse(idle), []);
  const [, blocksText = ""] = await running.until(/blocks (\[.*\])/);
  const blocks = JSON.parse(blocksText) as { function: string; durationMs: number }[];
  assert.deepEqual(
    blocks.map((block) => block.function),
    ["worksForAWhile"],
  );
  // It waited for over a second before: that time is not the block's.
  assert.ok(
    blocks.every(({ durationMs }) => durationMs >= 240 && durationMs < 1100),
    blocksText,
  );
  const [, end = ""] = await running.until(/open in the end (\[.*\])/);
  assert.deepEqual(JSON.parse(end), []);
  running.child.kill();
  await running.ended;
});

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

import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTER, runNode, startNode } from "./run-node";

const preloaded = ["--require", REGISTER];

test("a process that was interrupted ends as it would without the agent", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const running = startNode([...preloaded, "answers-on-a-port.cjs"]);
    const [, port] = await running.until(/port (\d+)/);
    await fetch(`http://127.0.0.1:${port}/block?ms=120`);
    running.child.kill(signal);
    const run = await running.ended;
    assert.equal(run.signal, signal);
    assert.doesNotMatch(run.stderr, /debugger/);
  }
});

test("an uncaught error after a block keeps its message and its exit code", async () => {
  const run = await runNode([...preloaded, "blocks-and-throws.cjs"]);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /the application's own fault/);
  assert.doesNotMatch(run.stderr, /Waiting for the debugger/);
});

test("a process that never comes back is told of while it lasts, and can be interrupted", async () => {
  const running = startNode([...preloaded, "never-comes-back.cjs"]);
  const [line] = await running.until(/\{"event":"open-block".*\}/);
  const open = JSON.parse(line);
  assert.equal(open.function, "neverComesBack");
  assert.ok(open.ageMs >= 1000);
  running.child.kill("SIGINT");
  assert.equal((await running.ended).signal, "SIGINT");
});

test("/blocks and /healthz answer while the loop is blocked", async () => {
  const running = startNode([...preloaded, "never-comes-back.cjs"], {
    LOOPSCOPE_PORT: "0",
    LOOPSCOPE_ANNOUNCE_DIR: `${process.env.TMPDIR ?? "/tmp"}/loopscope-announce-${process.pid}`,
    LOOPSCOPE_LOG: "json",
  });
  await running.until(/"event":"open-block"/);
  const { readFileSync, rmSync } = await import("node:fs");
  const folder = `${process.env.TMPDIR ?? "/tmp"}/loopscope-announce-${process.pid}`;
  const announcement = JSON.parse(readFileSync(`${folder}/${running.child.pid}.json`, "utf8"));
  const answer = (await (await fetch(`${announcement.agentUrl}/blocks`)).json()) as {
    open: { function: string }[];
  };
  assert.equal(answer.open[0]?.function, "neverComesBack");
  const health = (await (await fetch(`${announcement.agentUrl}/healthz`)).json()) as { status: string };
  assert.equal(health.status, "blocked");
  running.child.kill("SIGKILL");
  await running.ended;
  rmSync(folder, { recursive: true });
});

test("stop() takes everything back", async () => {
  const run = await runNode(["stops-the-agent.cjs"]);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout), {
    wrapped: true,
    refused: true,
    restored: true,
    exitListeners: 0,
    handles: 0,
  });
});

/** piscina without code, against what piscina itself counts. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";

const QUEUE = 'queue="piscina:task-in-thread.cjs"';

interface PoolCounts {
  readonly queued: number;
  readonly completed: number;
}

async function start(t: TestContext) {
  const program = await startProgram(t, "libraries/runs-in-piscina.cjs");
  return {
    call: async <T = unknown>(action: string) =>
      (await (await fetch(`${program.url}/${action}`)).json()) as T,
    queue: (name: string) => program.metric(`loopscope_queue_${name}{${QUEUE}}`),
    tasks: (outcome: string) => program.metric(`loopscope_queue_tasks_total{${QUEUE},outcome="${outcome}"}`),
    frame: async () => (await program.snapshot()).queues,
  };
}

test("tasks of piscina are counted and timed by worker, wait and outcome", async (t) => {
  const { call, queue, tasks } = await start(t);
  for (let n = 0; n < 5; n++) await call("run");
  const { completed } = await call<PoolCounts>("run?ms=300");
  assert.equal(await tasks("ok"), completed);
  assert.equal(await queue("wait_seconds_count"), completed);
  assert.equal(await queue("task_duration_seconds_count"), completed);
  const seconds = (await queue("task_duration_seconds_sum")) ?? 0;
  assert.ok(seconds >= 0.3 && seconds < 3, `${seconds} s`);
  assert.equal(await call("fails"), "as it was told to");
  assert.equal(await tasks("error"), 1);
  assert.equal(await call("timesOut"), "The task has been aborted");
  assert.equal(await tasks("timeout"), 1);
  assert.equal(await queue("active_workers"), 0);
});

test("a full piscina shows its queue, its bound and what it refused", async (t) => {
  const { call, queue, tasks } = await start(t);
  const { queued } = await call<PoolCounts>("hold?tasks=6");
  assert.equal(queued, 3);
  assert.equal(await queue("length"), 3);
  assert.equal(await queue("capacity"), 3);
  assert.equal(await queue("active_workers"), 1);
  const { answers } = await call<{ readonly answers: readonly string[] }>("release");
  assert.equal(answers.filter((answer) => answer === "Task queue is at limit").length, 2);
  assert.equal(await tasks("rejected"), 2);
  assert.equal(await tasks("ok"), 5);
  assert.equal(await queue("wait_seconds_count"), 5);
  assert.equal(await queue("length"), 0);
});

test("a queue that the application shows itself is not added to what was found of the same name", async (t) => {
  const { call, queue, tasks } = await start(t);
  await call("run");
  assert.equal(await tasks("ok"), 1);
  await call("named");
  await call("run");
  assert.equal(await tasks("ok"), 1);
  assert.equal(await queue("length"), 7);
  assert.equal(await queue("capacity"), undefined);
});

test("a pool that is closed is no longer read, and what was counted stays", async (t) => {
  const { call, queue, tasks } = await start(t);
  await call("run");
  assert.equal(await queue("capacity"), 3);
  await call("close");
  assert.equal(await queue("capacity"), undefined);
  assert.equal(await tasks("ok"), 1);
});

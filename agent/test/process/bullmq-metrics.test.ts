/** BullMQ without code, against its own counts in a real Redis. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";
import { noRedis, startRedis } from "./start-redis";

interface JobCounts {
  readonly answer?: string;
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

async function start(t: TestContext) {
  const redis = await startRedis(t);
  const program = await startProgram(t, "libraries/works-with-bullmq.cjs", {
    env: { REDIS_PORT: String(redis.port) },
  });
  return {
    redis,
    call: async (action: string) => (await (await fetch(`${program.url}/${action}`)).json()) as JobCounts,
    queue: (name: string) => program.metric(`loopscope_queue_${name}{queue="mail"}`),
    tasks: (outcome: string) =>
      program.metric(`loopscope_queue_tasks_total{queue="mail",outcome="${outcome}"}`),
    queueFrame: async (condition: (queue: { length: number; activeWorkers: number }) => boolean) => {
      const { queues } = await program.frameWhere((frame) => frame.queues.some(condition));
      assert.deepEqual(
        queues.map(({ name }) => name),
        ["mail"],
      );
      return queues[0];
    },
    frames: async (times: number) => {
      const { sequence } = await program.snapshot();
      await program.frameWhere((frame) => frame.sequence >= sequence + times);
    },
    stderr: program.stderr,
  };
}

test("jobs that wait in Redis are counted once, whoever added them and whatever their priority", {
  skip: noRedis,
}, async (t) => {
  const { call, queueFrame, stderr } = await start(t);
  await call("add?kind=quick&times=20");
  const { waiting } = await call("add?kind=quick&times=5&priority=3");
  assert.equal(waiting, 20);
  await queueFrame(({ length }) => length === 25);
  await call("work");
  await queueFrame(({ length }) => length === 0);
  assert.doesNotMatch(stderr(), /Warning/);
});

test("the jobs in Redis are counted by one command a second, and not once the queue is closed", {
  skip: noRedis,
}, async (t) => {
  const { redis, call, frames } = await start(t);
  await call("add?kind=quick");
  const scripts = () => redis.callsOf("eval", "evalsha");
  const before = await scripts();
  await frames(3);
  const counted = (await scripts()) - before;
  assert.ok(counted >= 2 && counted <= 5, `${counted} commands in 3 seconds`);
  await call("close");
  const atTheEnd = await scripts();
  await frames(2);
  assert.equal(await scripts(), atTheEnd);
});

test("jobs by outcome, wait and time are those that BullMQ counts", { skip: noRedis }, async (t) => {
  const { call, queue, tasks } = await start(t);
  await call("work");
  for (let n = 0; n < 4; n++) await call("done?kind=quick");
  assert.equal((await call("done?kind=fails")).answer, "no such address");
  assert.equal((await call("done?kind=late")).answer, "too late");
  const { completed, failed } = await call("done?kind=slow");
  assert.equal(await tasks("ok"), completed);
  assert.equal(((await tasks("error")) ?? 0) + ((await tasks("timeout")) ?? 0), failed);
  assert.equal(await tasks("timeout"), 1);
  assert.equal(await queue("wait_seconds_count"), 7);
  assert.equal(await queue("task_duration_seconds_count"), 7);
  const seconds = (await queue("task_duration_seconds_sum")) ?? 0;
  assert.ok(seconds >= 0.19 && seconds < 3, `${seconds} s`);
});

test("each attempt of a job counts, and one that was handed back does not", { skip: noRedis }, async (t) => {
  const { call, queue, tasks } = await start(t);
  await call("work");
  const { failed } = await call("done?kind=fails&attempts=3");
  assert.equal(failed, 1);
  assert.equal(await tasks("error"), 3);
  assert.equal(await queue("wait_seconds_count"), 1);
  assert.equal((await call("done?kind=handed-back")).answer, "sent at last");
  assert.equal(await tasks("ok"), 1);
  assert.equal(await queue("active_workers"), 0);
});

test("a worker's jobs in progress are its active workers, and closing ends the reading", {
  skip: noRedis,
}, async (t) => {
  const { call, queue, queueFrame } = await start(t);
  await call("work");
  await call("add?kind=held&times=5");
  const frame = await queueFrame(({ length, activeWorkers }) => activeWorkers === 2 && length === 3);
  assert.ok(frame !== undefined);
  await call("release");
  await queueFrame(({ length, activeWorkers }) => activeWorkers === 0 && length === 0);
  assert.equal((await call("close")) as unknown, "closed");
  assert.equal(await queue("length"), 0);
});

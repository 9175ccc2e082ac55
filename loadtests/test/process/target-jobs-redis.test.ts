import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { noRedis, startRedis } from "./start-redis.js";
import { failingStart, type RunningTarget, startTarget } from "./start-target.js";
import { startWatchedTarget } from "./watched-target.js";

const RESTARTS = 50;
const ACCEPTED_BEFORE_THE_END = 15;
const PRODUCERS = 4;
/** Short: a service that was killed should not hold its jobs for long. */
const LOCK_MS = "1000";

interface JobAnswer {
  readonly id: string;
  readonly state: string;
  readonly starts: number;
  readonly outcome: string | null;
  readonly result: unknown;
}

interface StatsAnswer {
  readonly queue: { length: number; capacity: number; waitingProducers: number };
  readonly activeWorkers: number;
  readonly ended: { ok: number };
}

async function startJobs(context: TestContext, redisUrl: string, environment: Record<string, string> = {}) {
  const target = await startTarget("jobs", {
    environment: { REDIS_URL: redisUrl, JOB_LOCK_MS: LOCK_MS, ...environment },
  });
  context.after(() => target.stop("SIGKILL"));
  return target;
}

function post(target: RunningTarget, key: string, delayMs: number): Promise<Response> {
  return fetch(`${target.url}/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key, connection: "close" },
    body: JSON.stringify({ kind: "fetch-quote", input: { delayMs, key } }),
  });
}

async function jobOf(target: RunningTarget, key: string): Promise<JobAnswer> {
  return (await (await fetch(`${target.url}/jobs/${key}`)).json()) as JobAnswer;
}

async function finished(target: RunningTarget, key: string): Promise<JobAnswer> {
  for (;;) {
    const job = await jobOf(target, key);
    if (job.state === "finished") return job;
    await delay(10);
  }
}

async function statsOf(target: RunningTarget): Promise<StatsAnswer> {
  return (await (await fetch(`${target.url}/stats`)).json()) as StatsAnswer;
}

test("two services share the jobs of one Redis, and the same key is one job", {
  skip: noRedis,
}, async (context) => {
  const { url } = await startRedis(context);
  const [one, other] = await Promise.all([startJobs(context, url), startJobs(context, url)]);
  const posts = await Promise.all([
    post(one, "same:1", 20),
    post(other, "same:1", 20),
    post(one, "same:1", 20),
  ]);
  assert.deepEqual(
    posts.map(({ status }) => status),
    [202, 202, 202],
  );
  const job = await finished(other, "same:1");
  assert.equal(job.outcome, "ok");
  assert.equal(job.starts, 1);
  assert.deepEqual((await finished(one, "same:1")).result, job.result);
  const [first, second] = [await statsOf(one), await statsOf(other)];
  assert.equal(first.ended.ok + second.ended.ok, 1);
});

test("a full queue in Redis makes its producers wait until a worker takes a job", {
  skip: noRedis,
}, async (context) => {
  const { url } = await startRedis(context);
  const target = await startJobs(context, url, { QUEUE_CAPACITY: "3", WORKERS: "1" });
  const posts = Array.from({ length: 8 }, (_, n) => post(target, `full-${n}`, 200));
  let stats = await statsOf(target);
  let longest = 0;
  while (stats.queue.waitingProducers < 4) {
    longest = Math.max(longest, stats.queue.length);
    await delay(5);
    stats = await statsOf(target);
  }
  for (const answer of await Promise.all(posts)) {
    assert.equal(answer.status, 202);
    longest = Math.max(longest, (await statsOf(target)).queue.length);
  }
  assert.ok(longest <= 3, `${longest} jobs waited in a queue for 3`);
  for (let n = 0; n < 8; n += 1) assert.equal((await finished(target, `full-${n}`)).outcome, "ok");
});

test("no job in Redis is lost or recorded twice across 50 SIGTERM and SIGKILL restarts", {
  skip: noRedis,
  timeout: 300_000,
}, async (context) => {
  const { url } = await startRedis(context);
  const start = () => startJobs(context, url, { WORKERS: "3", QUEUE_CAPACITY: "10" });
  let life = start();
  const accepted = new Set<string>();
  let sent = 0;
  let over = false;
  const producers = Array.from({ length: PRODUCERS }, async () => {
    while (!over) {
      const key = `job-${sent}`;
      sent += 1;
      for (let status = 0; status !== 202; ) {
        const target = await life;
        // Killed before it answered: whether the job was accepted is unknown, so it is sent again.
        status = await post(target, key, 20).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status !== 202) await delay(5);
      }
      accepted.add(key);
    }
  });
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    const current = await life;
    const enough = accepted.size + ACCEPTED_BEFORE_THE_END;
    while (accepted.size < enough) await delay(2);
    const signal = restart % 2 === 0 ? "SIGTERM" : "SIGKILL";
    const ended = await current.stop(signal);
    if (signal === "SIGTERM") assert.equal(ended.code, 0, current.output());
    life = start();
  }
  over = true;
  await Promise.all(producers);
  const last = await life;
  let interrupted = 0;
  for (const key of accepted) {
    const job = await finished(last, key);
    assert.equal(job.outcome, "ok", `${key} ended as ${job.outcome}`);
    if (job.starts > 1) interrupted += 1;
  }
  const { hostname: host, port } = new URL(url);
  const queue = new Queue("jobs", { connection: { host, port: Number(port) } });
  const counts = await queue.getJobCounts("completed", "waiting", "active", "failed");
  await queue.close();
  assert.deepEqual(counts, { completed: accepted.size, waiting: 0, active: 0, failed: 0 });
  // Otherwise the kills would have proved nothing.
  assert.ok(interrupted > 0, "no SIGKILL hit a running job");
  context.diagnostic(`${accepted.size} jobs, ${interrupted} interrupted and recorded once all the same`);
});

test("the agent shows the queue in Redis once, with its bound and the outcomes of its jobs", {
  skip: noRedis,
}, async (context) => {
  const { url } = await startRedis(context);
  const watched = await startWatchedTarget(context, "jobs", { REDIS_URL: url });
  for (let n = 0; n < 5; n += 1) {
    assert.equal((await post(watched.target, `seen-${n}`, 20)).status, 202);
    await finished(watched.target, `seen-${n}`);
  }
  const shown = (await watched.metrics()).split("\n").filter((line) => line.startsWith("loopscope_queue_"));
  assert.deepEqual(shown.filter((line) => /^loopscope_queue_(capacity|tasks_total)/.test(line)).sort(), [
    'loopscope_queue_capacity{queue="jobs"} 100',
    'loopscope_queue_tasks_total{queue="jobs",outcome="error"} 0',
    'loopscope_queue_tasks_total{queue="jobs",outcome="ok"} 5',
    'loopscope_queue_tasks_total{queue="jobs",outcome="rejected"} 0',
    'loopscope_queue_tasks_total{queue="jobs",outcome="timeout"} 0',
  ]);
});

test("a Redis that is not there is refused at the start, in one sentence", {
  skip: noRedis,
}, async (context) => {
  const { url, stop } = await startRedis(context);
  await stop();
  const { code, output } = await failingStart("jobs", { environment: { REDIS_URL: url } });
  assert.notEqual(code, 0);
  assert.match(output, /REDIS_URL names no Redis that answers/);
});

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startUpstream } from "./gateway-client.js";
import { failingStart, type RunningTarget, startTarget } from "./start-target.js";
import { startWatchedTarget } from "./watched-target.js";

interface JobAnswer {
  readonly id: string;
  readonly state: string;
  readonly starts: number;
  readonly attempts: number;
  readonly outcome: string | null;
  readonly result: unknown;
  readonly error: string | null;
}

interface StatsAnswer {
  readonly queue: { length: number; capacity: number | null; waitingProducers: number };
  readonly wait: { meanMs: number; p95Ms: number; maxMs: number };
  readonly task: { meanMs: number; p95Ms: number; maxMs: number };
  readonly throughputPerSecond: number;
  readonly errorRate: number;
  readonly timeoutRate: number;
  readonly activeWorkers: number;
  readonly ended: { ok: number; error: number; timeout: number };
  readonly rejected: number;
}

async function startJobs(context: TestContext, environment: Record<string, string> = {}) {
  const target = await startTarget("jobs", { environment });
  context.after(() => target.stop("SIGKILL"));
  return target;
}

function post(target: RunningTarget, kind: string, input: object = {}, key?: string): Promise<Response> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (key !== undefined) headers["idempotency-key"] = key;
  return fetch(`${target.url}/jobs`, { method: "POST", headers, body: JSON.stringify({ kind, input }) });
}

async function finished(target: RunningTarget, posted: Response): Promise<JobAnswer> {
  assert.equal(posted.status, 202);
  const location = posted.headers.get("location") ?? "";
  for (;;) {
    const job = (await (await fetch(target.url + location)).json()) as JobAnswer;
    if (job.state === "finished") return job;
    await delay(5);
  }
}

async function stats(target: RunningTarget): Promise<StatsAnswer> {
  return (await (await fetch(`${target.url}/stats`)).json()) as StatsAnswer;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

test("every kind of job gives its result, in threads or beside the event loop", async (context) => {
  const target = await startJobs(context);
  const results = new Map<string, unknown>();
  const kinds = ["count-primes", "hash-passwords", "fetch-quote", "read-invoices", "render-document"];
  for (const kind of [...kinds, "settle-ledger"]) {
    const job = await finished(target, await post(target, kind));
    assert.equal(job.outcome, "ok", `${kind}: ${job.error}`);
    results.set(kind, job.result);
  }
  assert.deepEqual(results.get("count-primes"), { primes: 1229 });
  assert.deepEqual(results.get("read-invoices"), { files: 96, totalBytes: 96 * 2 * 1024 * 1024 });
  assert.equal((results.get("hash-passwords") as { hashes: string[] }).hashes.length, 8);
});

test("a full queue holds its producers back and lets them in one by one", async (context) => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const downstream = await startUpstream(context, (_request, response) => {
    void released.then(() => response.end("{}"));
  });
  const target = await startJobs(context, { QUEUE_CAPACITY: "2", WORKERS: "1", DOWNSTREAM_URL: downstream });
  const accepted: Response[] = [];
  const posts = Array.from({ length: 5 }, async () => {
    accepted.push(await post(target, "fetch-quote"));
  });
  // One with the worker, two in the queue, two producers waiting.
  await until(async () => {
    const { queue, activeWorkers } = await stats(target);
    return activeWorkers === 1 && queue.length === 2 && queue.waitingProducers === 2;
  });
  await until(async () => accepted.length === 3);
  release();
  await Promise.all(posts);
  for (const answer of accepted) assert.equal((await finished(target, answer)).outcome, "ok");
  assert.equal((await stats(target)).ended.ok, 5);
});

test("a producer that waited too long is refused with 503 and told when to come back", async (context) => {
  const target = await startJobs(context, {
    QUEUE_CAPACITY: "1",
    WORKERS: "1",
    ADMISSION_TIMEOUT_MS: "100",
  });
  await post(target, "fetch-quote", { delayMs: 2_000 });
  await until(async () => (await stats(target)).activeWorkers === 1);
  assert.equal((await post(target, "fetch-quote", { delayMs: 2_000 })).status, 202);
  const refused = await post(target, "fetch-quote");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(((await refused.json()) as { retry_after: number }).retry_after, 1);
  assert.equal((await stats(target)).rejected, 1);
});

test("with unbounded-queue nobody is held back and the queue grows past every limit", async (context) => {
  const target = await startJobs(context, { QUEUE_CAPACITY: "2", WORKERS: "1", FAULT: "unbounded-queue" });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => post(target, "fetch-quote", { delayMs: 1_000 })),
  );
  assert.ok(answers.every((answer) => answer.status === 202));
  const { queue } = await stats(target);
  assert.equal(queue.capacity, null);
  assert.ok(queue.length >= 40, `only ${queue.length} queued`);
});

test("a failed attempt is tried again, and its failures stay its own", async (context) => {
  const target = await startJobs(context);
  const answers = await Promise.all([
    post(target, "fetch-quote", { failFirst: 2, key: "recovers" }),
    post(target, "fetch-quote", { failFirst: 9, key: "never recovers" }),
    ...Array.from({ length: 10 }, () => post(target, "fetch-quote")),
  ]);
  const [recovered, failed, ...siblings] = await Promise.all(
    answers.map((answer) => finished(target, answer)),
  );
  assert.deepEqual([recovered?.outcome, recovered?.attempts], ["ok", 3]);
  assert.deepEqual([failed?.outcome, failed?.attempts], ["error", 3]);
  assert.match(failed?.error ?? "", /answered 503/);
  assert.ok(siblings.every((job) => job.outcome === "ok" && job.attempts === 1));
  assert.deepEqual((await stats(target)).ended, { ok: 11, error: 1, timeout: 0 });
});

test("a task that does not end is timed out, in a thread too, and its siblings go on", async (context) => {
  const target = await startJobs(context, { TASK_TIMEOUT_MS: "700", MAX_ATTEMPTS: "2" });
  const slow = await Promise.all([
    finished(target, await post(target, "fetch-quote", { delayMs: 10_000 })),
    finished(target, await post(target, "count-primes", { limit: 50_000_000 })),
  ]);
  for (const job of slow) assert.deepEqual([job.outcome, job.attempts], ["timeout", 2]);
  const after = await finished(target, await post(target, "count-primes", { limit: 100 }));
  assert.deepEqual(after.result, { primes: 25 });
  assert.equal((await stats(target)).timeoutRate, 2 / 3);
});

test("the same idempotency key makes one job, however often and however fast it is sent", async (context) => {
  const target = await startJobs(context);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(target, "fetch-quote", {}, "only once")),
  );
  for (const answer of answers) assert.equal((await finished(target, answer)).id, "only once");
  assert.equal((await stats(target)).ended.ok, 1);
});

test("a job that makes no sense is refused with 422 before it is accepted", async (context) => {
  const target = await startJobs(context);
  for (const [kind, input] of [
    ["brew-coffee", {}],
    ["count-primes", { limit: -1 }],
    ["count-primes", { surprise: 1 }],
  ] as const) {
    const refused = await post(target, kind, input);
    assert.equal(refused.status, 422);
    assert.match(refused.headers.get("content-type") ?? "", /^application\/problem\+json/);
  }
  assert.equal((await fetch(`${target.url}/jobs/unknown`)).status, 404);
});

test("the six figures of a worker pool stand in /stats", async (context) => {
  const target = await startJobs(context, { WORKERS: "2" });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => post(target, "fetch-quote", { delayMs: 50 })),
  );
  await Promise.all(answers.map((answer) => finished(target, answer)));
  const report = await stats(target);
  assert.deepEqual(report.queue, { length: 0, capacity: 100, waitingProducers: 0 });
  assert.ok(report.task.meanMs >= 50 && report.task.p95Ms >= 50, JSON.stringify(report.task));
  // Ten tasks of 50 ms by two workers: the last pair waited for four others.
  assert.ok(report.wait.maxMs >= 150, JSON.stringify(report.wait));
  assert.deepEqual([report.errorRate, report.timeoutRate, report.activeWorkers], [0, 0, 0]);
  await until(async () => (await stats(target)).throughputPerSecond === 1);
});

test("SIGTERM finishes what runs, hands back what waits, and the next life does it", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-test-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const environment = { JOURNAL_DIR: folder, WORKERS: "1", QUEUE_CAPACITY: "2" };
  const first = await startJobs(context, environment);
  await post(first, "fetch-quote", { delayMs: 400 }, "running");
  await until(async () => (await stats(first)).activeWorkers === 1);
  await post(first, "fetch-quote", {}, "waiting");
  await post(first, "fetch-quote", {}, "waiting too");
  const heldBack = post(first, "fetch-quote", {}, "held back");
  await until(async () => (await stats(first)).queue.waitingProducers === 1);
  const { code } = await first.stop("SIGTERM");
  assert.equal(code, 0, first.output());
  assert.equal((await heldBack).status, 503);
  assert.match(first.output(), /jobs handed back: 2/);

  const journal = await readFile(join(folder, "journal.ndjson"), "utf8");
  assert.match(journal, /"finished","id":"running","outcome":"ok"/);
  const second = await startJobs(context, environment);
  for (const id of ["waiting", "waiting too"]) {
    await until(async () => {
      const job = (await (await fetch(`${second.url}/jobs/${id}`)).json()) as JobAnswer;
      return job.state === "finished" && job.outcome === "ok" && job.starts === 1;
    });
  }
  assert.equal((await fetch(`${second.url}/jobs/held%20back`)).status, 404);
});

test("two services never share a journal, and the journal of a long life stays short", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-test-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const environment = { JOURNAL_DIR: folder, KEEP_FINISHED: "10" };
  const target = await startJobs(context, environment);
  const second = await failingStart("jobs", { environment });
  assert.equal(second.code, 1);
  assert.equal(second.output, `the journal in ${folder} is in use by process ${target.pid}\n`);
  for (let round = 0; round < 40; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        post(target, "fetch-quote", { delayMs: 0 }, `${round}-${index}`),
      ),
    );
    await Promise.all(answers.map((answer) => finished(target, answer)));
  }
  const lines = (await readFile(join(folder, "journal.ndjson"), "utf8")).split("\n").length;
  assert.ok(lines < 100, `${lines} lines for 200 jobs of which 10 are kept`);
});

test("half a last line is dropped as a crash's, and damage before it is told with its line", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-test-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "journal.ndjson");
  const accepted = '{"event":"accepted","id":"kept","kind":"fetch-quote","input":{}}\n';
  await writeFile(path, `${accepted}{"event":"accepted","id":"half`);
  const target = await startJobs(context, { JOURNAL_DIR: folder });
  await until(async () => {
    const answer = await fetch(`${target.url}/jobs/kept`);
    return ((await answer.json()) as JobAnswer).state === "finished";
  });
  assert.equal((await fetch(`${target.url}/jobs/half`)).status, 404);
  await target.stop();
  await writeFile(path, `${accepted}not a line\n${accepted}`);
  const refused = await failingStart("jobs", { environment: { JOURNAL_DIR: folder } });
  assert.equal(refused.code, 1);
  assert.equal(refused.output, `${path}, line 2 is damaged: it is not JSON\n`);
});

test("the agent, where it is preloaded, shows the same queue in its metrics", async (context) => {
  const { target, metrics } = await startWatchedTarget(context, "jobs", {
    WORKERS: "1",
    QUEUE_CAPACITY: "50",
  });
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => post(target, "fetch-quote", { delayMs: 400 })),
  );
  await until(async () => /^loopscope_queue_length\{queue="jobs"\} [1-5]$/m.test(await metrics()));
  await until(async () => /^loopscope_queue_active_workers\{queue="jobs"\} 1$/m.test(await metrics()));
  await Promise.all(answers.map((answer) => finished(target, answer)));
  const done = /^loopscope_queue_tasks_total\{queue="jobs",outcome="ok"\} 6$/m;
  await until(async () => done.test(await metrics()));
  assert.match(await metrics(), /^loopscope_queue_capacity\{queue="jobs"\} 50$/m);
  assert.match(await metrics(), /^loopscope_queue_wait_seconds_count\{queue="jobs"\} 6$/m);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { JOBS_FAULTS } from "../../targets/jobs/faults.js";
import { startWatchedTarget, type WatchedTarget } from "./watched-target.js";

const BLOCKING = [
  { fault: "exec-sync", kind: "render-document", input: {} },
  { fault: "sync-file-read", kind: "read-invoices", input: {} },
  // Node 24 settles a million entries within the threshold and a sample.
  { fault: "microtask-flood", kind: "settle-ledger", input: { entries: 5_000_000 } },
] as const;
const TIMEOUT = { timeout: 60_000 };

async function runJob({ target }: WatchedTarget, kind: string, input: object = {}): Promise<void> {
  const posted = await fetch(`${target.url}/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind, input }),
  });
  const { id } = (await posted.json()) as { id: string };
  for (;;) {
    const job = (await (await fetch(`${target.url}/jobs/${id}`)).json()) as {
      state: string;
      outcome: string;
    };
    if (job.state === "finished") return assert.equal(job.outcome, "ok");
    await delay(5);
  }
}

for (const { fault, kind, input } of BLOCKING) {
  const { expected } = JOBS_FAULTS.find(({ id }) => id === fault) ?? assert.fail(fault);
  const expectedFunction = "function" in expected ? expected.function : assert.fail(fault);

  test(
    `${fault} shows as a block by ${expectedFunction} with cause ${expected.cause}`,
    TIMEOUT,
    async (context) => {
      const watched = await startWatchedTarget(context, "jobs", { FAULT: fault });
      for (;;) {
        await runJob(watched, kind, input);
        const { blocks } = await watched.blocks();
        const found = blocks.find((block) =>
          block.stack.some((frame) => frame.function === expectedFunction),
        );
        if (found?.cause !== expected.cause) continue;
        assert.equal(found.route, expected.route);
        return;
      }
    },
  );

  test(`${kind} shows no ${expected.cause} block once it is mended`, TIMEOUT, async (context) => {
    const watched = await startWatchedTarget(context, "jobs", {});
    for (let job = 0; job < 5; job += 1) await runJob(watched, kind);
    const { blocks } = await watched.blocks();
    const faulty = blocks.filter(
      ({ cause, stack }) =>
        cause === expected.cause && stack.some(({ file }) => file?.includes("jobs/tasks/")),
    );
    assert.deepEqual(faulty, []);
  });
}

test(
  "thread-pool-saturation shows as delay of the thread pool, and hashing in workers does not",
  TIMEOUT,
  async (context) => {
    const longest = new Map<string, number>();
    for (const fault of ["thread-pool-saturation", ""]) {
      const watched = await startWatchedTarget(context, "jobs", { FAULT: fault, WORKERS: "4" });
      let hashing = true;
      const jobs = (async () => {
        while (hashing) {
          await Promise.all(
            Array.from({ length: 4 }, () => runJob(watched, "hash-passwords", { passwords: 16 })),
          );
        }
      })();
      let longestMs = 0;
      for (let second = 0; second < 4; second += 1) {
        await delay(1_000);
        longestMs = Math.max(longestMs, (await watched.frame()).threadPool.delayMs ?? 0);
      }
      hashing = false;
      await jobs;
      await watched.target.stop();
      longest.set(fault, longestMs);
    }
    const faulty = longest.get("thread-pool-saturation") ?? 0;
    const mended = longest.get("") ?? 0;
    // A wait behind one hash is tens of milliseconds on any machine; the pool of the mended service is idle.
    assert.ok(faulty > 10 && faulty > mended * 3, `${faulty} ms with the fault, ${mended} ms without`);
    context.diagnostic(
      `thread-pool delay: ${faulty.toFixed(0)} ms with the fault, ${mended.toFixed(0)} ms without`,
    );
  },
);

test(
  "unbounded-queue shows as a queue without capacity whose length and waits grow",
  TIMEOUT,
  async (context) => {
    const watched = await startWatchedTarget(context, "jobs", {
      FAULT: "unbounded-queue",
      WORKERS: "1",
      QUEUE_CAPACITY: "5",
    });
    const jobs = Array.from({ length: 60 }, () => runJob(watched, "fetch-quote", { delayMs: 30 }));
    for (;;) {
      const queue = (await watched.frame()).queues.find(({ name }) => name === "jobs");
      // The first frame may be older than the queue.
      if (queue !== undefined && queue.length > 5 && (queue.wait.maxMs ?? 0) > 100) {
        assert.equal(queue.capacity, null);
        break;
      }
      await delay(50);
    }
    await Promise.all(jobs);
  },
);

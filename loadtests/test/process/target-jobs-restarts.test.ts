import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type RunningTarget, startTarget } from "./start-target.js";

const RESTARTS = 50;
const ACCEPTED_BEFORE_THE_END = 20;
const PRODUCERS = 6;

interface JournalLine {
  readonly event: "accepted" | "started" | "finished";
  readonly id: string;
}

/** Sends the job until it is accepted, over as many lives of the service as that takes. */
async function sendUntilAccepted(key: string, currentLife: () => Promise<RunningTarget>): Promise<void> {
  for (;;) {
    const { url } = await currentLife();
    try {
      const answer = await fetch(`${url}/jobs`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key, connection: "close" },
        body: JSON.stringify({ kind: "fetch-quote", input: { delayMs: 20, key } }),
      });
      await answer.arrayBuffer();
      if (answer.status === 202) return;
    } catch {
      // Killed before it answered: whether the job was accepted is unknown, so it is sent again.
    }
    await delay(2);
  }
}

async function journalLines(folder: string): Promise<JournalLine[]> {
  const text = await readFile(join(folder, "journal.ndjson"), "utf8");
  const complete = text.slice(0, text.lastIndexOf("\n"));
  return complete.split("\n").map((line) => JSON.parse(line) as JournalLine);
}

function countById(lines: readonly JournalLine[], event: JournalLine["event"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) if (line.event === event) counts.set(line.id, (counts.get(line.id) ?? 0) + 1);
  return counts;
}

test("no accepted job is lost or done twice across 50 SIGTERM and SIGKILL restarts", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-restarts-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const start = () =>
    startTarget("jobs", { environment: { JOURNAL_DIR: folder, WORKERS: "3", QUEUE_CAPACITY: "10" } });
  let life = start();
  context.after(async () => (await life).stop("SIGKILL"));

  const accepted = new Set<string>();
  let sent = 0;
  let over = false;
  const producers = Array.from({ length: PRODUCERS }, async () => {
    while (!over) {
      const key = `job-${sent}`;
      sent += 1;
      await sendUntilAccepted(key, () => life);
      accepted.add(key);
    }
  });

  let interruptedJobs = 0;
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    const current = await life;
    const enough = accepted.size + ACCEPTED_BEFORE_THE_END;
    while (accepted.size < enough) await delay(1);
    const signal = restart % 2 === 0 ? "SIGTERM" : "SIGKILL";
    const ended = await current.stop(signal);
    const lines = await journalLines(folder);
    const startedOnly = countById(lines, "started");
    for (const id of countById(lines, "finished").keys()) startedOnly.delete(id);
    if (signal === "SIGTERM") {
      assert.equal(ended.code, 0, current.output());
      assert.equal(startedOnly.size, 0, "SIGTERM interrupted a running job");
    } else {
      interruptedJobs += startedOnly.size;
    }
    life = start();
  }
  over = true;
  await Promise.all(producers);
  const last = await life;
  for (const key of accepted) {
    let state = "";
    while (state !== "finished") {
      state = ((await (await fetch(`${last.url}/jobs/${key}`)).json()) as { state: string }).state;
      if (state !== "finished") await delay(5);
    }
  }
  assert.equal((await last.stop("SIGTERM")).code, 0, last.output());

  const lines = await journalLines(folder);
  assert.equal(accepted.size, sent);
  for (const event of ["accepted", "finished"] as const) {
    const counts = countById(lines, event);
    assert.deepEqual([...counts.keys()].sort(), [...accepted].sort(), `every job is ${event}`);
    const doubled = [...counts].filter(([, count]) => count !== 1);
    assert.deepEqual(doubled, [], `no job is ${event} twice`);
  }
  // Otherwise the kills would have proved nothing.
  assert.ok(interruptedJobs > 0, "no SIGKILL hit a running job");
  context.diagnostic(
    `${accepted.size} jobs, ${interruptedJobs} interrupted by SIGKILL and done once all the same`,
  );
});

/** p-queue, an ES module, without code, against what p-queue itself counts. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";
import { REGISTER, runNode } from "./run-node";

interface QueueCounts {
  readonly answer?: string;
  readonly waiting: number;
  readonly running: number;
}

const requireOfEsModules =
  (process.features as { readonly require_module?: boolean }).require_module === true;
const skip = requireOfEsModules ? false : "needs require of ES modules";

async function start(t: TestContext) {
  const program = await startProgram(t, "libraries/queues-promises.mjs");
  return {
    call: async <T = unknown>(action: string) =>
      (await (await fetch(`${program.url}/${action}`)).json()) as T,
    queue: (name: string) => program.metric(`loopscope_queue_${name}{queue="p-queue"}`),
    tasks: (outcome: string) =>
      program.metric(`loopscope_queue_tasks_total{queue="p-queue",outcome="${outcome}"}`),
    stderr: program.stderr,
  };
}

test("tasks of p-queue are counted and timed by outcome", { skip }, async (t) => {
  const { call, queue, tasks, stderr } = await start(t);
  for (const task of ["fine", "plain", "slow"]) await call(`run?task=${task}`);
  assert.equal((await call<QueueCounts>("run?task=fails")).answer, "as it was told to");
  assert.equal((await call<QueueCounts>("run?task=throws")).answer, "at once");
  await call("another");
  assert.equal(await tasks("ok"), 4);
  assert.equal(await tasks("error"), 2);
  assert.equal(await queue("wait_seconds_count"), 6);
  assert.equal(await queue("task_duration_seconds_count"), 6);
  const seconds = (await queue("task_duration_seconds_sum")) ?? 0;
  assert.ok(seconds >= 0.19 && seconds < 3, `${seconds} s`);
  assert.doesNotMatch(stderr(), /Warning/);
});

test("a task of p-queue over its time is a timeout, whether or not that is an error", { skip }, async (t) => {
  const { call, tasks } = await start(t);
  assert.match(await call("timesOut"), /timed out/);
  assert.equal(await call("givesUp"), "given up");
  assert.equal(await tasks("timeout"), 2);
  assert.match(await call("aborted"), /aborted/);
  assert.equal(await tasks("error"), 1);
  assert.equal(await tasks("ok"), 0);
});

test("tasks that wait and run in p-queue are those that it counts", { skip }, async (t) => {
  const { call, queue, tasks } = await start(t);
  const { waiting, running } = await call<QueueCounts>("hold?times=7");
  assert.deepEqual([waiting, running], [5, 2]);
  assert.equal(await queue("length"), 5);
  assert.equal(await queue("active_workers"), 2);
  await call("release");
  assert.equal(await queue("length"), 0);
  assert.equal(await queue("active_workers"), 0);
  assert.equal(await tasks("ok"), 7);
});

/** Imports no other package, as p-queue does from version 10 on, which needs a newer Node than the oldest. */
const LIBRARY = `export default class PQueue {
  size = 0;
  pending = 0;
  async add(task) { return await task(); }
  addAll() {}
  clear() {}
}`;
const PROGRAM = `
import { createRequire } from "node:module";
import PQueue from "p-queue";
const { snapshot } = createRequire(import.meta.url)(process.env.AGENT);
const queue = new PQueue();
const timer = setInterval(async () => {
  const answer = await queue.add(async () => "answer");
  const found = snapshot().queues.find(({ name, completed }) => name === "p-queue" && completed > 0);
  if (found === undefined) return;
  clearInterval(timer);
  console.log(answer, "of a measured queue");
}, 20);
`;

test("p-queue is found where the application's package depends on it, whatever it imports", {
  skip,
}, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "loopscope-library-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const library = path.join(folder, "node_modules", "p-queue");
  mkdirSync(library, { recursive: true });
  const files = {
    "node_modules/p-queue/package.json": JSON.stringify({
      name: "p-queue",
      version: "10.0.0",
      type: "module",
      main: "index.js",
    }),
    "node_modules/p-queue/index.js": LIBRARY,
    "package.json": JSON.stringify({ dependencies: { "p-queue": "10.0.0" } }),
    "main.mjs": PROGRAM,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  const run = await runNode(["--require", REGISTER, path.join(folder, "main.mjs")], {
    AGENT: path.join(path.dirname(REGISTER), "index.js"),
  });
  assert.equal(run.stdout.trim(), "answer of a measured queue", run.stderr);
  assert.doesNotMatch(run.stderr, /Warning/);
});

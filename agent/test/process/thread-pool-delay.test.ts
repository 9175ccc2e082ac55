/** The wait for libuv's pool is the pool's: a busy event loop is not taken for one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "./measured-program";

test("a busy event loop does not look like a busy pool", async (t) => {
  const program = await startProgram(t, "services/plain-http-with-odd-endings.cjs");
  const delaysMs: number[] = [];
  const frames = program.frameWhere(({ threadPool, sequence }) => {
    if (threadPool.delayMs !== null) delaysMs.push(threadPool.delayMs);
    return sequence >= 5;
  });
  let busy = true;
  const clients = Array.from({ length: 4 }, async () => {
    while (busy) await (await fetch(`${program.url}/block?ms=150`)).text();
  });
  await frames;
  busy = false;
  await Promise.all(clients);
  delaysMs.sort((a, b) => a - b);
  const median = delaysMs[Math.floor(delaysMs.length / 2)];
  assert.ok(median !== undefined && median < 75, `waits of ${delaysMs.join(", ")} ms`);
});

test("a busy pool is seen, in the frame and in the histogram", async (t) => {
  const program = await startProgram(t, "services/plain-http-with-odd-endings.cjs");
  const frame = program.frameWhere(({ threadPool }) => (threadPool.delayMs ?? 0) > 300);
  const answered = fetch(`${program.url}/pool?tasks=24`).then((response) => response.text());
  await frame;
  await answered;
  const text = await program.metricsText();
  const bucket = (le: string) =>
    Number(
      new RegExp(`^loopscope_threadpool_delay_seconds_bucket\\{le="${le}"\\} (\\d+)$`, "m").exec(text)?.[1],
    );
  assert.ok(bucket("\\+Inf") > bucket("0.25"));
});

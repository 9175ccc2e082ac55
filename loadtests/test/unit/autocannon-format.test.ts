/**
 * `bench --format autocannon` against a committed file and autocannon's own printer. After a change that is meant:
 * `LOOPSCOPE_UPDATE_GOLDEN=1 node --test loadtests/build/test/unit/autocannon-format.test.js`, and read the diff.
 */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { LogLinearHistogram } from "@loopscope/agent/catalog";
import autocannon from "autocannon";
import { autocannonResult } from "../../src/engine/autocannon/autocannon-result.js";
import type { BenchOptions } from "../../src/engine/autocannon/bench-options.js";
import { emptyCounts } from "../../src/engine/autocannon/bench-recorder.js";

/** Not among the declarations that we have of autocannon. */
const { printResult } = autocannon as unknown as { printResult(result: unknown, options: object): string };
const GOLDEN = new URL("../../../test/fixtures/reports/", import.meta.url);
const OPTIONS = {
  url: 'http://127.0.0.1:3000/a?b="<c>"',
  connections: 10,
  pipelining: 1,
  workers: 1,
  socketPath: null,
} as BenchOptions;

/** @param count requests, of which one in ten is a 404, and one at the end times out. */
function resultOf(count: number): Readonly<Record<string, unknown>> {
  const latency = new LogLinearHistogram(10);
  for (let index = 1; index <= count; index++) latency.record(index * 37);
  const counts = emptyCounts();
  const failed = Math.floor(count / 10);
  Object.assign(counts, {
    started: count,
    failed: count === 0 ? 0 : failed + 1,
    timedOut: count === 0 ? 0 : 1,
    bytesReceived: count * 150,
  });
  const result = {
    startedAt: Date.UTC(2026, 10, 20, 20),
    endedAt: Date.UTC(2026, 10, 20, 20, 0, 2),
    requests: { started: count, completed: Math.max(0, count - 1) },
    latency: latency.snapshot(),
    byName: count === 0 ? [] : [{ byStatus: { "0": 1, "200": count - failed - 1, "404": failed } }],
  } as unknown as Parameters<typeof autocannonResult>[1];
  const half = { requests: count / 2, bytes: count * 75 };
  return autocannonResult(OPTIONS, result, counts, count === 0 ? [] : [half, half]);
}

for (const [name, count] of [
  ["autocannon.json", 1000],
  ["empty-autocannon.json", 0],
] as const) {
  test(`${count} requests make the committed ${name}, in which every figure is a number`, async () => {
    const text = `${JSON.stringify(resultOf(count), null, 2)}\n`;
    assert.doesNotMatch(text, /null|NaN|Infinity/);
    const file = new URL(name, GOLDEN);
    if (process.env.LOOPSCOPE_UPDATE_GOLDEN === "1") await writeFile(file, text);
    assert.equal(text, await readFile(file, "utf8"));
  });

  test(`autocannon prints its tables from ${name}`, async () => {
    const result: unknown = JSON.parse(await readFile(new URL(name, GOLDEN), "utf8"));
    const table = printResult(result, { renderStatusCodes: true, renderLatencyTable: true });
    assert.match(table, /Req\/Sec/);
    assert.match(table, count === 0 ? /0 requests in 2/ : /1k requests in 2/);
    assert.doesNotMatch(table, /NaN|undefined|Infinity/);
  });
}

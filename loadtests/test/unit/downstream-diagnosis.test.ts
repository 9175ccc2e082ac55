/** What the service asked of others, as a truth table: slow requests of 300 ms, four a second, beside quick ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DownstreamFrame } from "@loopscope/agent/catalog";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import type { RunEvidence } from "../../src/diagnose/run-evidence.js";
import { evidenceOf } from "../generated/evidence-of.js";

/** `calls` and `errors` a second; `ms`: what a call takes; `oldest`: one that has no answer yet, ms. */
const TABLE = `
kind     | calls | ms  | errors | alike | oldest | first
database | 4     | 280 | 0      | 1     | -      | slow-query
database | 80    | 12  | 0      | 2     | -      | many-queries
database | 40    | 280 | 0      | 12    | -      | cache-stampede
http     | 4     | 280 | 0      | 1     | -      | slow-downstream
http     | 40    | 20  | 40     | 3     | -      | retry-storm
http     | 0     | 0   | 0      | 1     | 2500   | slow-downstream
database | 4     | 2   | 0      | 1     | -      | slow-downstream
`;

const NAME = { database: "postgresql db:5432/shop", http: "http://orders:3001" };
const [head = [], ...rows] = TABLE.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));

function evidenceWith(cells: Readonly<Record<string, string>>): RunEvidence {
  const number = (name: string): number => Number(cells[name]);
  const kind = cells.kind === "http" ? "http" : "database";
  const ms = number("calls") === 0 ? null : number("ms");
  const calls: DownstreamFrame = {
    kind,
    name: NAME[kind],
    calls: number("calls"),
    errors: number("errors"),
    inFlight: cells.oldest === "-" ? 0 : 1,
    oldestMs: cells.oldest === "-" ? null : number("oldest"),
    mostAlike: number("alike"),
    duration: {
      count: number("calls"),
      meanMs: ms,
      p50Ms: ms,
      p90Ms: ms,
      p95Ms: ms,
      p99Ms: ms,
      maxMs: ms,
    },
  };
  // Who waits for a call that has no answer yet is itself without one.
  const evidence = evidenceOf({ slow: cells.oldest === "-" ? "300" : "2000", loop: "0.2" });
  const routes = [
    { requests: 4, p50Ms: 300 },
    { requests: 96, p50Ms: 5 },
  ];
  return {
    ...evidence,
    frames: evidence.frames.map((frame) => ({ ...frame, routes, downstream: [calls] })),
  };
}

for (const row of rows) {
  const cells = Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""]));
  const seen = head.slice(0, -1).map((name) => `${name} ${cells[name]}`);
  test(`${cells.first} is found first when requests made calls: ${seen.join(", ")}`, () => {
    const [first] = diagnoseRun(evidenceWith(cells));
    assert.equal(first?.cause, cells.first, JSON.stringify(first, null, 1));
    assert.equal(first?.explainedSlowRequests, 1);
    const isNamed = first?.title.includes(NAME[cells.kind === "http" ? "http" : "database"]);
    // Two milliseconds explain nothing: then it is found by elimination, and nobody is accused by name.
    assert.equal(isNamed, cells.ms !== "2", first?.title);
  });
}

test("a pool that is full of identical queries is not called too small", () => {
  const cells = { kind: "database", calls: "40", ms: "280", errors: "0", alike: "12", oldest: "-" };
  const evidence = evidenceWith(cells);
  const wait = { count: 9, meanMs: 250, p50Ms: 250, p90Ms: 250, p95Ms: 250, p99Ms: 250, maxMs: 250 };
  const pool = { name: "shop", used: 5, idle: 0, max: 5, pending: 9, timeouts: 0, wait };
  const frames = evidence.frames.map((frame) => ({ ...frame, pools: [pool] }));
  const causes = diagnoseRun({ ...evidence, frames }).map(({ cause }) => cause);
  assert.deepEqual(causes, ["cache-stampede"]);
});

test("calls that were under way while the loop was blocked are not accused", () => {
  const cells = { kind: "database", calls: "80", ms: "280", errors: "0", alike: "2", oldest: "-" };
  const { blocks } = evidenceOf({ blocks: "json", slow: "300" });
  const causes = diagnoseRun({ ...evidenceWith(cells), blocks }).map(({ cause }) => cause);
  assert.deepEqual(causes, ["json"]);
});

test("calls that make requests a little slower than others are no finding without a limit that they break", () => {
  const quick = evidenceOf({ slow: "30", loop: "0.2" });
  const { frames } = evidenceWith({
    kind: "http",
    calls: "4",
    ms: "28",
    errors: "0",
    alike: "1",
    oldest: "-",
  });
  assert.equal(diagnoseRun({ ...quick, frames })[0]?.cause, "healthy");
});

test("requests that took less than the calls did not wait for them, identical or not", () => {
  for (const alike of ["1", "20"]) {
    const cells = { kind: "http", calls: "20", ms: "2000", errors: "0", alike, oldest: "-" };
    const causes = diagnoseRun(evidenceWith(cells)).map(({ title }) => title);
    assert.ok(!causes.some((title) => title.includes(NAME.http)), causes.join());
  }
});

test("requests that were answered did not wait for a call that was still open afterwards", () => {
  const cells = { kind: "http", calls: "0", ms: "0", errors: "0", alike: "1", oldest: "2500" };
  const { kept } = evidenceOf({ slow: "40" });
  const titles = diagnoseRun({ ...evidenceWith(cells), kept }).map(({ title }) => title);
  assert.ok(!titles.some((title) => title.includes(NAME.http)), titles.join());
});

/** Blocks of the whole process over every slow request, while `alike` identical calls were in flight. */
function starved(alike: string, runQueueMs: number, kind = "database"): RunEvidence {
  const cells = { kind, calls: "40", ms: "280", errors: "0", alike, oldest: "-" };
  const { blocks } = evidenceOf({ blocks: "host", slow: "300" });
  const evidence = evidenceWith(cells);
  return {
    ...evidence,
    blocks: blocks.map((block) => ({ ...block, evidence: { ...block.evidence, runQueueMs } })),
    frames: evidence.frames.map((frame) => ({
      ...frame,
      ...{ blockedMs: 270, delayMaxMs: 270, runQueueMs: 3.5 * runQueueMs },
    })),
    client: evidence.client.map((second) => ({ ...second, slipP99Ms: 60 })),
  };
}

test("a machine that a stampede keeps busy is the stampede's, not the machine's", () => {
  const [first] = diagnoseRun(starved("20", 250));
  assert.equal(first?.cause, "cache-stampede");
  assert.equal(first?.explainedSlowRequests, 1);
});

test("identical calls that a starved machine gathered are the machine's", () => {
  assert.equal(diagnoseRun(starved("15", 250))[0]?.cause, "host");
});

test("a process that stood still without waiting for a CPU is the machine's, stampede or not", () => {
  assert.equal(diagnoseRun(starved("20", 20))[0]?.cause, "host");
});

test("identical calls over HTTP say nothing of the machine's processors", () => {
  assert.equal(diagnoseRun(starved("20", 250, "http"))[0]?.cause, "host");
});

test("a machine that is disturbed in few of a stampede's seconds is disturbed by somebody else", () => {
  const evidence = starved("20", 250);
  const rarely = evidence.frames.map((frame, second) => ({
    ...frame,
    runQueueMs: second % 3 === 0 ? 800 : 5,
  }));
  const causes = diagnoseRun({ ...evidence, frames: rarely }).map(({ cause }) => cause);
  assert.ok(causes.includes("host"), causes.join());
});

/** The diagnosis as a truth table: what was seen, and what it must be called first. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import { evidenceOf } from "../generated/evidence-of.js";

/**
 * 3000 requests in 30 s, usual latency 5 ms; 100 slow ones at 300 ms each, spread evenly, unless `slow` says
 * otherwise. `blocks`: cause of a block over each slow request (`/2`: over every second one). `loop`:
 * utilization. `pool`, `queue`, `uv` (thread pool): wait in each second, ms. `late`: how late slow requests
 * were sent, ms. `failed`: share.
 */
const TABLE = `
blocks        | slow| limit| loop| pool| queue| uv | gc | runq| late| gen | failed| first          | share
-             | 0   | -    | 0.3 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | healthy        | 0
-             | 30  | -    | 0.3 | 0   | 0    | 0  | 6  | 0   | 0   | 0.2 | 0     | healthy        | 0
-             | 30  | 500  | 0.9 | 0   | 0    | 1  | 2  | 0   | 0   | 0.2 | 0     | healthy        | 0
javascript    | 300 | -    | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | javascript     | 100
javascript    | 300 | 100  | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | javascript     | 100
sync-crypto   | 300 | -    | 0.5 | 290 | 0    | 290| 2  | 0   | 0   | 0.2 | 0     | sync-crypto    | 100
sync-crypto /2| 300 | 100  | 0.3 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | sync-crypto    | 50
json          | 300 | -    | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | json           | 100
unknown       | 300 | -    | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | unknown        | 100
gc            | 300 | -    | 0.5 | 0   | 0    | 0  | 250| 0   | 0   | 0.2 | 0     | gc             | 100
host          | 300 | -    | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | host           | 100
many-tasks    | 300 | -    | 0.5 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | many-tasks     | 100
-             | 300 | -    | 0.99| 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | saturation     | 100
-             | 300 | -    | 0.2 | 280 | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | pool-wait      | 100
-             | 300 | -    | 0.2 | 0   | 280  | 0  | 2  | 0   | 0   | 0.2 | 0     | queue-wait     | 100
-             | 300 | -    | 0.2 | 0   | 0    | 280| 2  | 0   | 0   | 0.2 | 0     | threadpool     | 100
-             | 300 | -    | 0.2 | 0   | 0    | 0  | 2  | 0   | 295 | 0.97| 0     | generator      | 100
-             | 300 | -    | 0.2 | 0   | 0    | 0  | 2  | 0   | 295 | 0.2 | 0     | host           | 100
-             | 300 | -    | 0.2 | 0   | 0    | 0  | 2  | 280 | 0   | 0.2 | 0     | host           | 100
-             | 300 | -    | 0.2 | 0   | 0    | 290| 90 | 280 | 0   | 0.2 | 0     | host           | 100
-             | 300 | -    | 0.2 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | slow-downstream| 100
-             | 60  | 50   | 0.2 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | slow-downstream| 100
-             | 300 | 299  | 0.2 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | slow-downstream| 100
-             | 300 | 500  | 0.2 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0     | healthy        | 0
-             | 0   | -    | 0.2 | 0   | 0    | 0  | 2  | 0   | 0   | 0.2 | 0.5   | failures       | 0
`;

const [head = [], ...rows] = TABLE.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));

for (const row of rows) {
  const cells = Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""]));
  const seen = head.slice(0, -2).map((name) => `${name} ${cells[name]}`);
  test(`${cells.first} is found first when ${seen.join(", ")}`, () => {
    const findings = diagnoseRun(evidenceOf(cells));
    const [first] = findings;
    assert.equal(first?.cause, cells.first, JSON.stringify(findings, null, 1));
    assert.equal(Math.round((first?.explainedSlowRequests ?? 0) * 100), Number(cells.share));
  });
}

test("two culprits at once are both found, the greater one first, with their own shares", () => {
  const evidence = evidenceOf({ blocks: "sync-crypto /2", slow: "300", loop: "0.4" });
  const others = evidenceOf({ blocks: "regexp /5 +1", slow: "300", loop: "0.4" }).blocks;
  const [first, second] = diagnoseRun({ ...evidence, blocks: [...evidence.blocks, ...others] });
  assert.deepEqual([first?.cause, second?.cause], ["sync-crypto", "regexp"]);
  assert.deepEqual([first?.explainedSlowRequests, second?.explainedSlowRequests], [0.5, 0.2]);
});

test("a block that no request noticed is told where a threshold forbids it", () => {
  const evidence = evidenceOf({ slow: "0", loop: "0.1" });
  const blocks = evidenceOf({ blocks: "json", slow: "300" }).blocks.slice(0, 1);
  const limit = {
    metric: "target_blocks",
    expression: "count==0",
    actual: 1,
    abortOnFail: false,
    note: null,
  };
  const causesWith = (ok: boolean): readonly string[] =>
    diagnoseRun({ ...evidence, blocks, thresholds: [{ ...limit, ok }] }).map(({ cause }) => cause);
  assert.deepEqual(causesWith(false), ["json"]);
  assert.deepEqual(causesWith(true), ["healthy"]);
});

test("a block names its function, file, line and route", () => {
  const [finding] = diagnoseRun(evidenceOf({ blocks: "sync-crypto", slow: "300", loop: "0.4" }));
  assert.deepEqual(finding?.location, { function: "culprit", file: "/srv/app/a.ts", line: 7, column: 3 });
  assert.equal(finding?.route, "POST /users");
  assert.match(finding?.remedy ?? "", /asynchronous/);
});

test("a place that is only inferred is not called seen", () => {
  const evidence = evidenceOf({ blocks: "sync-crypto", slow: "300", loop: "0.4" });
  const blocks = evidence.blocks.map((block) => ({ ...block, confidence: "inferred" as const }));
  const [finding] = diagnoseRun({ ...evidence, blocks });
  assert.ok(finding?.evidence.some((line) => line.includes("inferred")));
  assert.ok(finding?.evidence.every((line) => !line.includes("was seen")));
});

test("without an agent, without requests, or with few of them, there is not enough evidence", () => {
  const evidence = evidenceOf({ slow: "300", loop: "0.4" });
  const none = { started: 0, completed: 0, failed: 0, timedOut: 0, dropped: 0, unfinished: 0 };
  const cases = [
    { ...evidence, target: null, frames: [], blocks: [] },
    { ...evidence, requests: none, latencyMs: null, kept: [] },
    { ...evidence, requests: { ...none, started: 1, completed: 1 }, kept: evidence.kept.slice(0, 1) },
  ];
  for (const one of cases) {
    const findings = diagnoseRun(one);
    assert.deepEqual(
      findings.map(({ cause }) => cause),
      ["not-enough-evidence"],
    );
    assert.notEqual(findings[0]?.evidence.length, 0);
  }
});

test("a script that speaks over WebSocket alone can be healthy", () => {
  const none = { started: 0, completed: 0, failed: 0, timedOut: 0, dropped: 0, unfinished: 0 };
  const evidence = { ...evidenceOf({ loop: "0.1" }), requests: none, latencyMs: null, iterations: 364 };
  const [finding] = diagnoseRun(evidence);
  assert.equal(finding?.cause, "healthy");
  assert.match(finding?.evidence[0] ?? "", /^364 iterations/);
});

test("worker threads that computed while requests waited are named, not accused", () => {
  const evidence = evidenceOf({ slow: "300", loop: "0.2" });
  const { blocks } = evidenceOf({ blocks: "sync-crypto", slow: "300" });
  const [finding] = diagnoseRun({ ...evidence, computing: blocks });
  assert.equal(finding?.cause, "slow-downstream");
  assert.ok(finding?.evidence.some((line) => /worker threads computed.*culprit/.test(line)));
});

test("a queue without a limit that grows is unbounded, one with a limit is not", () => {
  const evidence = evidenceOf({ slow: "0", loop: "0.3", queue: "50" });
  const growing = (capacity: number | null): typeof evidence => ({
    ...evidence,
    frames: evidence.frames.map((frame, index) => ({
      ...frame,
      queues: frame.queues.map((queue) => ({ ...queue, capacity, length: index * 20 })),
    })),
  });
  assert.equal(diagnoseRun(growing(null))[0]?.cause, "unbounded-queue");
  assert.notEqual(diagnoseRun(growing(1000))[0]?.cause, "unbounded-queue");
});

test("a heap floor that rises with each collection is a leak, one that settles is not", () => {
  const half = evidenceOf({ slow: "0", loop: "0.3" });
  const evidence = { ...half, endedAt: half.endedAt + 30_000 };
  const withFloors = (floorAt: (second: number) => number): typeof evidence => {
    assert.ok(evidence.target !== null);
    const memory = { ...evidence.target.memory, heapGrowthBytesPerSecond: 1e6 };
    return {
      ...evidence,
      target: { ...evidence.target, memory },
      frames: evidence.frames.map((frame, second) => ({ ...frame, heapFloorBytes: floorAt(second) })),
    };
  };
  assert.equal(diagnoseRun(withFloors((second) => 40e6 + second * 1e6))[0]?.cause, "leak");
  assert.equal(diagnoseRun(withFloors((second) => 40e6 + Math.min(second, 3) * 1e6))[0]?.cause, "healthy");
  const settling = (second: number): number => 40e6 + 20e6 * (1 - 0.8 ** second);
  assert.equal(diagnoseRun(withFloors(settling))[0]?.cause, "healthy");
  const { endedAt } = half;
  const short = { ...withFloors((second) => 40e6 + second * 1e6), endedAt };
  assert.equal(diagnoseRun(short)[0]?.cause, "healthy", "half a minute may be the first load");
});

test("a failed latency threshold that nothing explains is not called healthy", () => {
  const evidence = evidenceOf({ slow: "60", limit: "50", loop: "0.9" });
  const thresholds = evidence.thresholds.map((threshold) => ({ ...threshold, ok: false }));
  assert.equal(diagnoseRun({ ...evidence, thresholds })[0]?.cause, "not-enough-evidence");
});

test("a name's own limit counts for its requests, the general one for all others", () => {
  const evidence = evidenceOf({ blocks: "json /2", slow: "300", loop: "0.5" });
  const limit = (metric: string, ms: number): (typeof evidence.thresholds)[number] => {
    return { metric, expression: `p(95)<${ms}`, actual: 300, ok: false, abortOnFail: false, note: null };
  };
  const own = limit("http_req_duration{name:POST /users}", 200);
  const [first] = diagnoseRun({ ...evidence, thresholds: [limit("http_req_duration", 5000), own] });
  assert.match(first?.title ?? "", /^50 % of the requests over 200 ms waited behind culprit/);
  const other = limit("http_req_duration{name:GET /}", 10);
  const lenient = diagnoseRun({
    ...evidence,
    blocks: [],
    thresholds: [limit("http_req_duration", 250), other],
  });
  assert.match(lenient[0]?.title ?? "", /of the requests over 250 ms/);
});

test("a few stragglers over a limit that holds are nobody's fault; over one that broke they are looked at", () => {
  const evidence = evidenceOf({ slow: "300", limit: "100", loop: "0.2", late: "290" });
  const few = { ...evidence, kept: evidence.kept.slice(0, 5) };
  assert.deepEqual(
    diagnoseRun(few).map(({ cause }) => cause),
    ["healthy"],
  );
  const thresholds = evidence.thresholds.map((threshold) => ({ ...threshold, ok: false }));
  assert.equal(diagnoseRun({ ...few, thresholds })[0]?.cause, "host");
});

/** Waits for pools are known by the second only: whom they explain, and who stays unexplained. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import type { RunEvidence } from "../../src/diagnose/run-evidence.js";
import type { SlowRequest } from "../../src/engine/engine.js";
import type { Finding } from "../../src/report/run-document.js";
import type { TargetSecond } from "../../src/report/run-timeline.js";
import { evidenceOf } from "../generated/evidence-of.js";

interface Waits {
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Three or four slow requests a second, of `slow` ms; two hundred waits a second, the longest of 290 ms. */
function withWaits(cells: Readonly<Record<string, string>>, { p95Ms, p99Ms }: Waits): RunEvidence {
  const evidence = evidenceOf({ limit: "30", loop: "0.2", ...cells });
  const waits = { count: 200, meanMs: 2, p50Ms: 0.1, p90Ms: p95Ms / 2, p95Ms, p99Ms, maxMs: 290 };
  const pool = { name: "shop", used: 1, idle: 0, max: 1, pending: 1, timeouts: 0, wait: waits };
  return { ...evidence, frames: evidence.frames.map((frame) => ({ ...frame, pools: [pool] })) };
}

function shareOf(cause: string, evidence: RunEvidence): number | undefined {
  return diagnoseRun(evidence).find((finding: Finding) => finding.cause === cause)?.explainedSlowRequests;
}

test("the few requests that waited longer than the p95 of their second are explained", () => {
  assert.equal(shareOf("pool-wait", withWaits({ slow: "300" }, { p95Ms: 12, p99Ms: 250 })), 1);
});

test("no more requests are explained than there were long waits", () => {
  const share = shareOf("pool-wait", withWaits({ slow: "300" }, { p95Ms: 12, p99Ms: 12 })) ?? 0;
  // One long wait a second; beside it two or three requests that took as long for another reason.
  assert.ok(share > 0.2 && share < 0.4, String(share));
});

test("waits that are longer than the requests were somebody else's", () => {
  const evidence = withWaits({ slow: "300" }, { p95Ms: 12, p99Ms: 12 });
  const tasks = { count: 20, meanMs: 2000, p50Ms: 2000, p90Ms: 2100, p95Ms: 2100, p99Ms: 2200, maxMs: 2200 };
  const frames = evidence.frames.map((frame) => ({
    ...frame,
    pools: frame.pools.map((pool) => ({ ...pool, wait: tasks })),
  }));
  assert.equal(shareOf("pool-wait", { ...evidence, frames }), undefined);
});

test("a request that a block explains is not said to have waited for the pool as well", () => {
  const evidence = withWaits({ slow: "300", blocks: "json" }, { p95Ms: 280, p99Ms: 285 });
  assert.equal(shareOf("json", evidence), 1);
  assert.equal(shareOf("pool-wait", evidence), undefined);
});

test("who is accused by undisturbed seconds explains what waited in the others, too", () => {
  const evidence = withWaits({ slow: "300" }, { p95Ms: 280, p99Ms: 285 });
  const crowded = (frame: TargetSecond, index: number): TargetSecond =>
    index % 2 === 0 ? { ...frame, runQueueMs: 200, delayMaxMs: 20 } : frame;
  assert.equal(shareOf("pool-wait", { ...evidence, frames: evidence.frames.map(crowded) }), 1);
  const all = evidence.frames.map((frame) => ({ ...frame, runQueueMs: 200, delayMaxMs: 20 }));
  assert.equal(shareOf("pool-wait", { ...evidence, frames: all }), undefined);
  const briefly = all.map((frame) => ({ ...frame, delayMaxMs: 19 }));
  assert.equal(
    shareOf("pool-wait", { ...evidence, frames: briefly }),
    1,
    "many short waits are no disturbance",
  );
});

test("a name that is usually quick is not said to make many calls", () => {
  const evidence = evidenceOf({ slow: "300", limit: "30", loop: "0.2" });
  const duration = { count: 2000, meanMs: 0.5, p50Ms: 0.5, p90Ms: 1, p95Ms: 1, p99Ms: 1, maxMs: 2 };
  const downstream = [
    {
      ...{ kind: "database" as const, name: "postgresql db:5432/shop", calls: 2000, errors: 0, inFlight: 0 },
      ...{ oldestMs: null, mostAlike: 1, duration },
    },
  ];
  const routes = [{ requests: 4, p50Ms: 300 }];
  const frames = evidence.frames.map((frame) => ({ ...frame, routes, downstream }));
  assert.equal(shareOf("many-queries", { ...evidence, frames }), 1);
  const quick = evidence.kept.map((request: SlowRequest) => ({
    ...request,
    ...{ endAt: request.intendedAt + 3, weight: 9 },
  }));
  assert.equal(
    shareOf("many-queries", { ...evidence, frames, kept: [...evidence.kept, ...quick] }),
    undefined,
  );
});

test("requests of half what a call takes in the middle may have made a quick one, shorter ones made none", () => {
  const evidence = evidenceOf({ slow: "300", limit: "30", loop: "0.2" });
  const withCalls = (p50Ms: number): RunEvidence => {
    const duration = { count: 20, meanMs: p50Ms, p50Ms, p90Ms: 700, p95Ms: 700, p99Ms: 700, maxMs: 700 };
    const calls = { kind: "database" as const, name: "postgresql db:5432/shop", calls: 4, errors: 0 };
    const downstream = [{ ...calls, inFlight: 0, oldestMs: null, mostAlike: 1, duration }];
    return { ...evidence, frames: evidence.frames.map((frame) => ({ ...frame, downstream })) };
  };
  assert.equal(shareOf("slow-query", withCalls(600)), 1);
  assert.equal(shareOf("slow-query", withCalls(601)), undefined);
});

/** Two faults at once: requests behind blocks beside others, under another name, that wait for the database. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DownstreamFrame } from "@loopscope/agent/catalog";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import type { RunEvidence } from "../../src/diagnose/run-evidence.js";
import type { SlowRequest } from "../../src/engine/engine.js";
import type { Finding } from "../../src/report/run-document.js";
import { evidenceOf } from "../generated/evidence-of.js";

const HALF_MS = 600;

/** What one of the calls to the database took in seconds that blocks disturb, milliseconds. */
interface Calls {
  readonly calls: number;
  readonly p50Ms: number;
  readonly mostAlike: number;
}

/**
 * 100 requests of 300 ms behind blocks of `json`, each standing for `weight`; beside them 100 of 20 ms that
 * met no block, while 200 ms and more of each second are blocked.
 */
function twoFaults({ calls, p50Ms, mostAlike }: Calls, weight = 1): RunEvidence {
  const evidence = evidenceOf({ blocks: "json", slow: "300", limit: "10", loop: "0.4" });
  const duration = { count: calls, meanMs: p50Ms * 2, p50Ms, p90Ms: 150, p95Ms: 200, p99Ms: 250, maxMs: 300 };
  const downstream: DownstreamFrame = {
    ...{ kind: "database", name: "postgresql db:5432/shop", calls, errors: 0, inFlight: 0, oldestMs: null },
    ...{ mostAlike, duration },
  };
  const routes = [
    { requests: 4, p50Ms: 20 },
    { requests: 96, p50Ms: 1 },
  ];
  // The blocks move to the first part of each stretch of 600 ms, the quick requests into the rest.
  const moved = (at: number): number => evidence.startedAt + (at - evidence.startedAt) * (HALF_MS / 290);
  const held = evidence.kept.map((request) => shifted(request, moved(request.intendedAt), 300, weight));
  const free = evidence.kept.map((request) => ({
    ...shifted(request, moved(request.intendedAt) + 400, 20, 1),
    name: "GET /messages",
    method: "GET",
  }));
  const blocks = evidence.blocks.map((block) => ({ ...block, at: moved(block.at - 2) + 2 }));
  const frames = Array.from({ length: 62 }, (_, index) => ({
    ...(evidence.frames[0] as RunEvidence["frames"][number]),
    ...{ at: evidence.startedAt + (index + 1) * 1000, blockedMs: 400, delayP99Ms: 150, delayMaxMs: 270 },
    ...{ routes, downstream: [downstream] },
  }));
  return { ...evidence, endedAt: evidence.startedAt + 60_000, kept: [...held, ...free], blocks, frames };
}

function shifted(request: SlowRequest, at: number, tookMs: number, weight: number): SlowRequest {
  const times = { intendedAt: at, sentAt: at, firstByteAt: at + tookMs - 1, endAt: at + tookMs };
  return { ...request, ...times, weight };
}

function shares(findings: readonly Finding[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    findings.map(({ cause, explainedSlowRequests }) => [
      cause,
      Math.round(explainedSlowRequests * 1000) / 1000,
    ]),
  );
}

test("a slow query of one route is found though the loop is blocked for others and blocks disturb its p95", () => {
  const findings = diagnoseRun(twoFaults({ calls: 4, p50Ms: 18, mostAlike: 1 }));
  assert.deepEqual(shares(findings), { json: 0.5, "slow-query": 0.5 });
  assert.equal(findings.find(({ cause }) => cause === "slow-query")?.route, "GET /messages");
});

test("many queries are found though requests that a block held up together asked the same together", () => {
  const findings = diagnoseRun(twoFaults({ calls: 160, p50Ms: 0.4, mostAlike: 12 }));
  assert.deepEqual(shares(findings), { json: 0.5, "many-queries": 0.5 });
});

test("identical calls are no stampede when no more came together than a block held up", () => {
  // 20 calls a second gather to 5.4 within a block of 270 ms, beside the five that are chance.
  const causeWith = (mostAlike: number): string[] =>
    Object.keys(shares(diagnoseRun(twoFaults({ calls: 20, p50Ms: 18, mostAlike }))));
  assert.deepEqual(causeWith(10), ["json", "slow-query"]);
  assert.deepEqual(causeWith(11), ["json", "cache-stampede"]);
});

test("shares count every request that a kept one stands for", () => {
  const findings = diagnoseRun(twoFaults({ calls: 4, p50Ms: 18, mostAlike: 1 }, 3));
  assert.deepEqual(shares(findings), { json: 0.75, "slow-query": 0.25 });
});

test("what a good part of one name waits for is found though nearly all slow requests wait for something else", () => {
  const findings = diagnoseRun(twoFaults({ calls: 4, p50Ms: 18, mostAlike: 1 }, 19));
  assert.deepEqual(shares(findings), { json: 0.95, "slow-query": 0.05 });
  assert.deepEqual(
    findings.map(({ severity }) => severity),
    ["critical", "warning"],
  );
});

test("queries that are quick are not accused because blocks made some of them look slow", () => {
  const findings = diagnoseRun(twoFaults({ calls: 4, p50Ms: 0.4, mostAlike: 1 }));
  assert.ok(!findings.some(({ cause }) => cause === "slow-query"), JSON.stringify(shares(findings)));
});

test("queries whose usual time is longer than the request's own are not accused of it", () => {
  const findings = diagnoseRun(twoFaults({ calls: 4, p50Ms: 40, mostAlike: 1 }));
  assert.ok(!findings.some(({ cause }) => cause === "slow-query"), JSON.stringify(shares(findings)));
});

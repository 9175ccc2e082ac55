import assert from "node:assert/strict";
import { test } from "node:test";
import type { Round, TargetRound } from "../../src/cli/comparison-round.js";
import { compareRounds, emptyComparison } from "../../src/cli/comparison-table.js";

const TARGET: TargetRound = {
  cpuMsPerRequest: 2,
  loopMsPerRequest: 2,
  delayMeanMs: 0.1,
  delayP99Ms: 0.4,
  blockedMsPerSecond: 0,
  rssMaxBytes: 80e6,
  heapUsedMeanBytes: 20e6,
};
const ROUND: Round = {
  failedShare: 0,
  throughput: 100,
  meanMs: 10,
  p50Ms: 10,
  p95Ms: 12,
  p99Ms: 15,
  target: TARGET,
};
const TEN = Array.from({ length: 10 });

function rounds(change: Partial<TargetRound> | null): readonly Round[] {
  return TEN.map(() => ({ ...ROUND, target: change === null ? null : { ...TARGET, ...change } }));
}

function verdicts(base: readonly Round[], head: readonly Round[]): Readonly<Record<string, string>> {
  return Object.fromEntries(compareRounds(base, head, 0.1).map(({ metric, verdict }) => [metric, verdict]));
}

/** Metric, its figure in base and head, verdict. The floors: 10 ms a second blocked, 1 ms of delay. */
const CHANGES: readonly (readonly [string, Partial<TargetRound>, Partial<TargetRound>, string])[] = [
  ["target_blocked_time rate", { blockedMsPerSecond: 0 }, { blockedMsPerSecond: 10 }, "same"],
  ["target_blocked_time rate", { blockedMsPerSecond: 0 }, { blockedMsPerSecond: 12 }, "worse"],
  ["target_blocked_time rate", { blockedMsPerSecond: 200 }, { blockedMsPerSecond: 0 }, "better"],
  ["target_eventloop_delay avg", { delayMeanMs: 0.1 }, { delayMeanMs: 1 }, "same"],
  ["target_eventloop_delay avg", { delayMeanMs: 0.1 }, { delayMeanMs: 1.2 }, "worse"],
  ["target_eventloop_delay p(99)", { delayP99Ms: 9 }, { delayP99Ms: 20 }, "worse"],
  ["target loop time a request", { loopMsPerRequest: 2 }, { loopMsPerRequest: 1 }, "better"],
  ["target_rss max", { rssMaxBytes: 80e6 }, { rssMaxBytes: 87e6 }, "same"],
  ["target_rss max", { rssMaxBytes: 80e6 }, { rssMaxBytes: 90e6 }, "worse"],
  ["target_heap_used avg", { heapUsedMeanBytes: 20e6 }, { heapUsedMeanBytes: 40e6 }, "worse"],
];

for (const [metric, before, after, verdict] of CHANGES) {
  test(`${metric} from ${Object.values(before)} to ${Object.values(after)} is ${verdict}`, () => {
    assert.equal(verdicts(rounds(before), rounds(after))[metric], verdict);
  });
}

test("without an agent on both sides no metric of the target is shown", () => {
  for (const [base, head] of [
    [null, null],
    [{}, null],
    [null, {}],
  ] as const) {
    const names = Object.keys(verdicts(rounds(base), rounds(head)));
    assert.deepEqual(
      names.filter((name) => name.startsWith("target")),
      [],
    );
    assert.equal(names.length, 6);
  }
});

test("a comparison without data, or of failures only, is empty and not the same", () => {
  const nothing = TEN.map(() => ({
    ...ROUND,
    throughput: null,
    meanMs: null,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
    target: null,
  }));
  const without = compareRounds(nothing, nothing, 0.1);
  assert.match(emptyComparison(without, nothing) ?? "", /no metric was measured often enough/);
  const failing = TEN.map(() => ({ ...ROUND, failedShare: 0.999 }));
  assert.match(emptyComparison(compareRounds(failing, failing, 0.1), failing) ?? "", /only failed/);
  assert.equal(emptyComparison(compareRounds(failing, rounds({}), 0.1), rounds({})), null);
  assert.equal(verdicts(rounds({}), failing)["failed requests"], "worse");
});

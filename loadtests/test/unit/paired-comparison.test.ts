import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePairs, signedRankP, verdictOf, walshAverages } from "../../src/judge/paired-comparison.js";

/** Mulberry32: the same numbers at every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

test("the least p of n pairs is 2 / 2^n, exactly", () => {
  for (const [pairs, p] of [
    [5, 0.0625],
    [6, 0.03125],
    [8, 0.0078125],
    [10, 0.001953125],
  ] as const) {
    assert.ok(Math.abs(signedRankP(Array.from({ length: pairs }, (_, index) => index + 1)) - p) < 1e-12);
  }
});

test("Hollander and Wolfe's depression data give their p, estimate and interval", () => {
  // Nonparametric Statistical Methods, table 3.1: T+ = 40 of 45, two-sided p 0.039, estimate -0.46, 96 % interval.
  const x = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const differences = x.map((value, index) => (y[index] ?? 0) - value);
  assert.ok(Math.abs(signedRankP(differences) - 0.0390625) < 1e-9);
  const averages = walshAverages(differences);
  assert.equal(averages.length, 45);
  assert.ok(Math.abs((averages[22] ?? 0) - -0.46) < 1e-9, `${averages[22]}`);
  const estimate = comparePairs(
    x.map(() => 1),
    differences.map(Math.exp),
    0.95,
  );
  assert.ok(Math.abs(Math.log(estimate.ratio) - -0.46) < 1e-9);
  assert.ok(Math.abs(Math.log(estimate.low) - -0.786) < 1e-9, `${Math.log(estimate.low)}`);
  assert.ok(Math.abs(Math.log(estimate.high) - -0.01) < 1e-9, `${Math.log(estimate.high)}`);
});

test("five pairs are refused, six are compared", () => {
  assert.throws(() => comparePairs([1, 1, 1, 1, 1], [2, 2, 2, 2, 2], 0.95), /need at least 6 pairs, got 5/);
  assert.ok(Math.abs(comparePairs(Array(6).fill(1), Array(6).fill(2), 0.95).ratio - 2) < 1e-12);
  assert.throws(() => comparePairs(Array(6).fill(1), Array(5).fill(2), 0.95), /every round needs/);
  assert.throws(() => comparePairs(Array(6).fill(1), Array(6).fill(0), 0.95), /must be positive/);
});

test("the same machine under drift gives about 5 % false alarms, and a 10 % change is nearly always seen", () => {
  const random = randomNumbers(7);
  const alarms = (change: number): number => {
    let found = 0;
    for (let trial = 0; trial < 400; trial++) {
      let drift = 0;
      const base: number[] = [];
      const head: number[] = [];
      for (let round = 0; round < 10; round++) {
        drift += 0.02 * normal(random);
        base.push(Math.exp(drift + 0.03 * normal(random)));
        head.push(Math.exp(drift + 0.03 * normal(random)) * (1 + change));
      }
      const { low, high } = comparePairs(base, head, 0.95);
      if (low > 1 || high < 1) found += 1;
    }
    return found / 400;
  };
  const falseAlarms = alarms(0);
  const power = alarms(0.1);
  assert.ok(falseAlarms > 0.01 && falseAlarms < 0.09, `false alarms ${falseAlarms}`);
  assert.ok(power > 0.97, `power ${power}`);
});

test("the verdict goes by the margin: beyond it, within it, or across it", () => {
  const rows = [
    [1.06, 1.2, "worse", "better"],
    [0.8, 0.94, "better", "worse"],
    [0.97, 1.03, "same", "same"],
    [0.97, 1.2, "undecided", "undecided"],
    [0.8, 1.2, "undecided", "undecided"],
  ] as const;
  for (const [low, high, latency, throughput] of rows) {
    const estimate = { pairs: 10, ratio: (low + high) / 2, low, high, p: 0.01 };
    assert.equal(verdictOf(estimate, 0.05, true), latency);
    assert.equal(verdictOf(estimate, 0.05, false), throughput);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitScalability, throughputAt } from "../../src/judge/scalability-law.js";

/** Throughput of a Cisco router's benchmark at 1 to 32 processes: Schwartz, Practical Scalability Analysis. */
const CISCO = [
  955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7,
  9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806,
  12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
].map((throughput, index) => ({ concurrency: index + 1, throughput }));

test("the published fit of the Cisco data is found", () => {
  const fit = fitScalability(CISCO);
  assert.ok(Math.abs(fit.contention - 0.02671591) < 1e-6, `contention ${fit.contention}`);
  assert.ok(Math.abs(fit.coherency - 7.690945e-4) < 1e-8, `coherency ${fit.coherency}`);
  assert.ok(Math.abs(fit.lambda - 995.6486) < 0.01, `lambda ${fit.lambda}`);
  assert.equal(fit.peakConcurrency, 35);
  assert.ok(Math.abs(fit.peakThroughput - 12_341) < 2, `peak ${fit.peakThroughput}`);
  assert.ok(fit.rSquared > 0.99);
});

test("a peak far beyond what was measured is not claimed", () => {
  const fit = fitScalability(CISCO.slice(0, 8));
  assert.equal(fit.peakConcurrency, null);
});

test("perfect scaling has neither contention nor coherency", () => {
  const fit = fitScalability([1, 2, 4, 8, 16, 32].map((n) => ({ concurrency: n, throughput: 100 * n })));
  assert.ok(fit.contention < 1e-6 && fit.coherency < 1e-6, JSON.stringify(fit));
  assert.equal(fit.peakConcurrency, null);
  assert.ok(Math.abs(throughputAt(fit, 10) - 1000) < 0.1);
});

test("five levels are refused, and values that are not positive", () => {
  assert.throws(() => fitScalability(CISCO.slice(0, 5)), /need at least 6 levels, got 5/);
  const broken = [...CISCO.slice(0, 5), { concurrency: 6, throughput: 0 }];
  assert.throws(() => fitScalability(broken), /must be positive/);
});

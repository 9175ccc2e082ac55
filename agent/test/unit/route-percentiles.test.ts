/** The percentiles of a route against the raw durations, and what usual bucket bounds make of the same. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HTTP_DURATION_BUCKETS_SECONDS, LogLinearHistogram } from "../../src/catalog/catalog";
import { BucketHistogram } from "../../src/quantiles/bucket-histogram";
import { SlidingHistogram } from "../../src/quantiles/sliding-histogram";

const OBSERVATIONS = 50_000;

/** Seeded, so that a failure can be repeated (Park and Miller's minimal standard). */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Service times, milliseconds. */
const DISTRIBUTIONS: Readonly<Record<string, (random: () => number) => number>> = {
  uniform: (random) => 2 + 78 * random(),
  exponential: (random) => -20 * Math.log(1 - random()),
  bimodal: (random) => (random() < 0.9 ? 3 + random() : 180 + 40 * random()),
  "heavy-tailed": (random) => 4 * (1 - random()) ** (-1 / 1.3),
  fast: (random) => 0.4 + 0.9 * random(),
};

for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
  test(`percentiles of ${name} service times are within 1 % of those of the raw durations`, () => {
    const { raw, minute } = recorded(draw);
    for (const fraction of [0.5, 0.9, 0.95, 0.99]) {
      const exactMs = raw[Math.ceil(fraction * raw.length) - 1] ?? Number.NaN;
      const readMs = minute.quantile(fraction) / 1000;
      assert.ok(Math.abs(readMs / exactMs - 1) <= 0.01, `p${fraction * 100}: ${readMs} for ${exactMs}`);
    }
  });
}

test("bucket bounds alone put p95 off by more than 1 % for at least three of these distributions", (t) => {
  const errors = Object.entries(DISTRIBUTIONS).map(([name, draw]) => {
    const { raw, buckets } = recorded(draw);
    const exactMs = raw[Math.ceil(0.95 * raw.length) - 1] ?? Number.NaN;
    const error = interpolatedQuantile(buckets, 0.95) / exactMs - 1;
    t.diagnostic(`${name}: p95 ${exactMs.toFixed(2)} ms, histogram_quantile ${(100 * error).toFixed(1)} %`);
    return Math.abs(error);
  });
  assert.ok(errors.filter((error) => error > 0.01).length >= 3);
});

test("the last minute forgets what is older, and keeps what is not", () => {
  const sliding = new SlidingHistogram();
  const minute = () => {
    const into = new LogLinearHistogram();
    sliding.addLastMinuteTo(into);
    return into.count;
  };
  sliding.record(1000);
  for (let second = 0; second < 50; second++) sliding.turn();
  assert.equal(minute(), 1);
  assert.equal(sliding.idle, false);
  for (let second = 0; second < 10; second++) sliding.turn();
  assert.equal(minute(), 0);
  assert.equal(sliding.idle, true);
});

function recorded(draw: (random: () => number) => number) {
  const random = randomSource(20_260_101);
  const sliding = new SlidingHistogram();
  const buckets = new BucketHistogram(HTTP_DURATION_BUCKETS_SECONDS);
  const raw: number[] = [];
  for (let index = 0; index < OBSERVATIONS; index++) {
    const durationMs = draw(random);
    raw.push(durationMs);
    sliding.record(durationMs * 1000);
    buckets.record(durationMs / 1000);
    if (index % 1500 === 0) sliding.turn();
  }
  const minute = new LogLinearHistogram();
  sliding.addLastMinuteTo(minute);
  return { raw: raw.sort((a, b) => a - b), minute, buckets: buckets.sample([]).counts };
}

/** Milliseconds, by Prometheus' rule: linear within the bucket that the rank falls into. */
function interpolatedQuantile(counts: readonly number[], fraction: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [index, count] of counts.entries()) {
    const upper = HTTP_DURATION_BUCKETS_SECONDS[index];
    if (upper === undefined) break;
    const lower = HTTP_DURATION_BUCKETS_SECONDS[index - 1] ?? 0;
    if (below + count >= fraction * total)
      return 1000 * (lower + ((fraction * total - below) / count) * (upper - lower));
    below += count;
  }
  return 1000 * (HTTP_DURATION_BUCKETS_SECONDS.at(-1) ?? 0);
}

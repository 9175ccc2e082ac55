import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { histogramFromSnapshot, LogLinearHistogram, MAX_VALUE } from "../../src/catalog/catalog";

const precisions = fc.integer({ min: 4, max: 12 });
/** Spread over the octaves: uniform integers would nearly all lie in the last two. */
const values = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([octave, mantissa]) => Math.min(MAX_VALUE, Math.floor(2 ** octave * mantissa) - 1));
const recordings = fc.array(values, { minLength: 1, maxLength: 300 });
const fractions = fc.double({ min: 0, max: 1, noNaN: true });

function filled(recorded: readonly number[], precisionBits = 7): LogLinearHistogram {
  const histogram = new LogLinearHistogram(precisionBits);
  for (const value of recorded) histogram.record(value);
  return histogram;
}

/** Nearest rank: the smallest value that at least `fraction` of all values do not exceed. */
function exactQuantile(recorded: readonly number[], fraction: number): number {
  const sorted = [...recorded].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}

test("a quantile is off by at most its precision, whatever was recorded", () => {
  fc.assert(
    fc.property(recordings, fractions, precisions, (recorded, fraction, precisionBits) => {
      const exact = exactQuantile(recorded, fraction);
      const read = filled(recorded, precisionBits).quantile(fraction);
      assert.ok(Math.abs(read - exact) <= exact / 2 ** (precisionBits + 1) + 1, `${read} for ${exact}`);
    }),
  );
});

test("count, sum, mean, minimum and maximum are exact", () => {
  fc.assert(
    fc.property(recordings, (recorded) => {
      const histogram = filled(recorded);
      const sum = recorded.reduce((total, value) => total + value, 0);
      assert.equal(histogram.count, recorded.length);
      assert.equal(histogram.sum, sum);
      assert.equal(histogram.mean, sum / recorded.length);
      assert.equal(histogram.min, Math.min(...recorded));
      assert.equal(histogram.max, Math.max(...recorded));
    }),
  );
});

test("two histograms added are the histogram of both recordings", () => {
  fc.assert(
    fc.property(recordings, recordings, (first, second) => {
      const added = filled(first);
      added.add(filled(second));
      assert.deepEqual(added.snapshot(), filled([...first, ...second]).snapshot());
    }),
  );
});

test("histograms of different precision add up within the coarser one's error", () => {
  fc.assert(
    fc.property(recordings, recordings, fractions, (first, second, fraction) => {
      const added = filled(first, 6);
      added.add(filled(second, 10));
      const exact = exactQuantile([...first, ...second], fraction);
      assert.equal(added.count, first.length + second.length);
      assert.ok(Math.abs(added.quantile(fraction) - exact) <= exact / 2 ** 6 + 1);
    }),
  );
});

test("a snapshot survives JSON and comes back the same", () => {
  fc.assert(
    fc.property(recordings, precisions, (recorded, precisionBits) => {
      const snapshot = filled(recorded, precisionBits).snapshot();
      const wire = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
      assert.deepEqual(histogramFromSnapshot(wire).snapshot(), snapshot);
    }),
  );
});

test("recording a value several times at once is recording it one by one", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (value, times) => {
      const once = new LogLinearHistogram();
      once.record(value, times);
      assert.deepEqual(once.snapshot(), filled(new Array<number>(times).fill(value)).snapshot());
    }),
  );
});

test("countAtMost never falls and ends at the count", () => {
  fc.assert(
    fc.property(recordings, values, values, (recorded, a, b) => {
      const histogram = filled(recorded);
      assert.ok(histogram.countAtMost(Math.min(a, b)) <= histogram.countAtMost(Math.max(a, b)));
      assert.equal(histogram.countAtMost(MAX_VALUE), recorded.length);
    }),
  );
});

test("values outside 0 to 2^31-1 are clamped, not lost", () => {
  const histogram = new LogLinearHistogram();
  for (const value of [-1, Number.NaN, MAX_VALUE, MAX_VALUE + 1, Number.POSITIVE_INFINITY])
    histogram.record(value);
  assert.equal(histogram.count, 5);
  assert.equal(histogram.min, 0);
  assert.equal(histogram.max, MAX_VALUE);
});

test("an empty histogram has no quantile and no mean", () => {
  const histogram = new LogLinearHistogram();
  assert.ok(Number.isNaN(histogram.quantile(0.5)));
  assert.ok(Number.isNaN(histogram.mean));
  assert.equal(histogram.max, 0);
});

test("a reset histogram is as new", () => {
  const histogram = filled([1, 1000, 1_000_000]);
  histogram.reset();
  assert.deepEqual(histogram.snapshot(), new LogLinearHistogram().snapshot());
});

test("precision is a whole number from 4 to 12", () => {
  for (const accepted of [4, 12]) assert.equal(new LogLinearHistogram(accepted).precisionBits, accepted);
  for (const refused of [3, 13, 7.5, Number.NaN])
    assert.throws(() => new LogLinearHistogram(refused), RangeError);
});

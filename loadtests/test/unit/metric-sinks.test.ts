import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FloatHistogram } from "../../src/measure/float-histogram.js";
import { MetricRegistry } from "../../src/measure/metric-registry.js";
import { createSink, ValueTrendSink } from "../../src/measure/metric-sinks.js";
import { SlowestRequests } from "../../src/measure/slowest-requests.js";

/** k6's percentile over all samples. */
function exactPercentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = fraction * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (high - low) * (rank - Math.floor(rank));
}

describe("metrics", () => {
  it("keep any finite value of a trend within 0.05 % of itself, negative ones too", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
      fc.integer({ min: -5000, max: 5000 }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, p) => {
          const sink = new ValueTrendSink();
          for (const one of all) sink.add(one);
          const found = sink.aggregate({ method: "percentile", percent: p * 100 }) ?? Number.NaN;
          const exact = exactPercentile(all, p);
          const largest = Math.max(...all.map(Math.abs));
          // Between two samples the error is that of both of them.
          assert.ok(Math.abs(found - exact) <= largest * 0.001 + 1e-9, `${found} is not ${exact}`);
        },
      ),
    );
  });

  it("give whole numbers back whole", () => {
    const histogram = new FloatHistogram();
    for (const value of [1, 2, 3, 1000, 1500]) histogram.record(value);
    assert.deepEqual(
      [0.2, 0.4, 0.6, 0.8, 1].map((q) => histogram.quantile(q)),
      [1, 2, 3, 1000, 1500],
    );
  });

  it("show the figures of k6's summary", () => {
    const stats = ["avg", "min", "med", "max", "p(90)", "count"];
    const time = createSink("trend", "time");
    for (const ms of [1, 2, 3, 4]) time.add(ms);
    assert.deepEqual(time.values(stats, 1), { avg: 2.5, min: 1, med: 2.5, max: 4, "p(90)": 3.7, count: 4 });
    const counter = createSink("counter", "default");
    counter.add(3);
    counter.add(3);
    assert.deepEqual(counter.values(stats, 2), { count: 6, rate: 3 });
    const rate = createSink("rate", "default");
    for (const hit of [1, 0, 1, 1]) rate.add(hit);
    assert.deepEqual(rate.values(stats, 1), { rate: 0.75, passes: 3, fails: 1 });
    const gauge = createSink("gauge", "default");
    for (const level of [5, 2, 9, 4]) gauge.add(level);
    assert.deepEqual(gauge.values(stats, 1), { value: 4, min: 2, max: 9 });
  });

  it("have no aggregates that do not fit their type, and none without samples", () => {
    assert.equal(createSink("counter", "default").aggregate({ method: "max" }, 1), undefined);
    assert.equal(createSink("rate", "default").aggregate({ method: "rate" }, 1), undefined);
    assert.equal(createSink("trend", "time").aggregate({ method: "avg" }, 1), undefined);
    assert.equal(createSink("gauge", "default").aggregate({ method: "value" }, 1), undefined);
  });

  it("keep parts by tags, when they were asked for", () => {
    const registry = new MetricRegistry(() => 1);
    const metric = registry.declare("a", "counter");
    registry.keepParts([{ name: "a", tags: { status: "200", kind: "x" } }]);
    metric.add(1, { status: "200", kind: "x", more: "y" });
    metric.add(1, { status: "200" });
    assert.equal(registry.find("a", {})?.aggregate({ method: "count" }), 2);
    assert.equal(registry.find("a", { kind: "x", status: "200" })?.aggregate({ method: "count" }), 1);
    assert.equal(registry.find("a", { kind: "x" }), undefined);
  });

  it("keep the slowest requests, worst first", () => {
    const kept = new SlowestRequests(5);
    const times = Array.from({ length: 100 }, (_unused, index) => (index * 37) % 101);
    for (const tookMs of times) {
      const request = {
        ...{ name: String(tookMs), method: "GET", status: 200, intendedAt: 0, sentAt: 0 },
        ...{ firstByteAt: 0, endAt: tookMs, censored: false },
      };
      if (kept.wants(tookMs)) kept.add(tookMs, request);
    }
    const worst = [...times].sort((a, b) => b - a).slice(0, 5);
    assert.deepEqual(
      kept.list().map(({ endAt }) => endAt),
      worst,
    );
  });
});

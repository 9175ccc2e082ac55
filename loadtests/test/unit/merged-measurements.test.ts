/** What several threads measured, put together, is what one would have measured. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricSelector } from "../../src/engine/engine.js";
import { MetricRegistry } from "../../src/measure/metric-registry.js";
import { RequestRecorder } from "../../src/measure/request-recorder.js";

const TREND_STATS = ["avg", "min", "med", "max", "p(90)", "p(99)", "count"];
const SELECTORS: readonly MetricSelector[] = [
  { name: "took", tags: { name: "a" } },
  { name: "took", tags: {}, forAll: "name" },
  { name: "took", tags: {}, lastSeconds: 2 },
  { name: "ok", tags: { name: "b" }, lastSeconds: 2 },
];

function registry(elapsedSeconds: () => number, selectors: readonly MetricSelector[]): MetricRegistry {
  const made = new MetricRegistry(elapsedSeconds);
  made.declare("took", "trend", "time");
  made.declare("size", "trend");
  made.declare("sent", "counter", "data");
  made.declare("ok", "rate");
  made.declare("level", "gauge");
  made.keepParts(selectors);
  return made;
}

function sample(to: MetricRegistry, index: number): void {
  const tags = { name: index % 3 === 0 ? "a" : "b" };
  to.declare("took", "trend", "time").add(((index * 37) % 1000) + 0.25, tags);
  to.declare("size", "trend").add(((index * 61) % 500) / 7 - 20, tags);
  to.declare("sent", "counter", "data").add(index, tags);
  to.declare("ok", "rate").add(index % 5 === 0 ? 0 : 1, tags);
  to.declare("level", "gauge").add(index % 10, tags);
}

test("metrics, their parts and windows, handed over second by second, are those of one registry", () => {
  let elapsed = 0;
  const whole = registry(() => elapsed, SELECTORS);
  const merged = registry(() => elapsed, SELECTORS);
  const threads = [0, 1, 2].map(() =>
    registry(
      () => elapsed,
      SELECTORS.filter((one) => !("lastSeconds" in one)),
    ),
  );
  // A part that only a window names is kept whole by the threads.
  for (const thread of threads) thread.keepParts([{ name: "ok", tags: { name: "b" } }]);
  for (let second = 0; second < 5; second++) {
    for (let index = 0; index < 300; index++) {
      elapsed = second + index / 300;
      sample(whole, second * 300 + index);
      sample(threads[index % 3] as MetricRegistry, second * 300 + index);
    }
    elapsed = second + 1;
    for (const thread of threads) merged.add(thread.take(), elapsed - 0.5);
  }
  elapsed = 4.999;
  assert.deepEqual(
    merged.results(TREND_STATS).map(({ name, tags }) => [name, tags]),
    whole.results(TREND_STATS).map(({ name, tags }) => [name, tags]),
  );
  for (const [index, { name, values }] of whole.results(TREND_STATS).entries()) {
    const theirs = merged.results(TREND_STATS)[index]?.values ?? {};
    for (const [key, value] of Object.entries(values)) {
      // The last value of a gauge is whichever thread's was heard last.
      if (name === "level" && key === "value") continue;
      assert.ok(
        Math.abs((theirs[key] ?? Number.NaN) - value) < 1e-6,
        `${name} ${key}: ${theirs[key]}, ${value}`,
      );
    }
  }
  for (const { name, tags, lastSeconds } of SELECTORS.filter((one) => "lastSeconds" in one)) {
    const [ours, theirs] = [merged, whole].map((one) => one.find(name, tags, lastSeconds));
    assert.equal(ours?.sampleCount, theirs?.sampleCount);
    assert.ok((ours?.sampleCount ?? 0) > 0);
  }
  const byName = (one: MetricRegistry) =>
    [...one.findEach({ name: "took", tags: {}, forAll: "name" })].map(([value, view]) => [
      value,
      view.sampleCount,
    ]);
  assert.deepEqual(
    new Map(byName(merged) as [string, number][]),
    new Map(byName(whole) as [string, number][]),
  );
  assert.deepEqual(
    threads.flatMap((thread) => thread.take()),
    [],
    "what was handed over is forgotten",
  );
});

function request(recorder: RequestRecorder, index: number): void {
  const calledAtMs = index;
  const durationMs = 1 + ((index * 53) % 400) / 3;
  const endAtMs = calledAtMs + durationMs;
  recorder.began(calledAtMs);
  const times = { calledAtMs, intendedAtMs: calledAtMs - 0.5, sentAtMs: calledAtMs, firstByteAtMs: endAtMs };
  const ended = {
    method: "GET",
    status: index % 9 === 0 ? 500 : 200,
    ...times,
    endAtMs,
    durationMs,
    timedOut: false,
  };
  if (index % 50 === 0) recorder.givenUp(ended, `/${index % 4}`);
  else recorder.ended(ended, `/${index % 4}`, ended.status === 500);
}

for (const model of ["open", "closed"] as const) {
  test(`requests of the ${model} model: counts, percentiles, names, the slowest and the sample's weights`, () => {
    const made = () => {
      const recorder = new RequestRecorder(model, 1000);
      recorder.startClock(0);
      return recorder;
    };
    const [whole, merged] = [made(), made()];
    const threads = [made(), made(), made()];
    for (let index = 0; index < 6000; index++) {
      request(whole, index);
      request(threads[index % 3] as RequestRecorder, index);
    }
    for (const thread of threads) merged.add(thread.snapshot(6200));
    assert.deepEqual(merged.total, whole.total);
    assert.equal(merged.unfinished, whole.unfinished);
    assert.deepEqual(merged.latency.snapshot(), whole.latency.snapshot());
    assert.deepEqual(merged.serviceTime.snapshot(), whole.serviceTime.snapshot());
    const named = (one: RequestRecorder) => one.byName().sort((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(named(merged), named(whole));
    const took = (one: RequestRecorder) =>
      one.slowest().map(({ intendedAt, endAt }) => Math.round((endAt - intendedAt) * 1000));
    assert.deepEqual(took(merged), took(whole));
    assert.ok(Math.abs(merged.meanInFlight(0, 6200) - whole.meanInFlight(0, 6200)) < 1e-9);
    const weights = (one: RequestRecorder) => one.sample().reduce((sum, { weight = 1 }) => sum + weight, 0);
    assert.ok(Math.abs(weights(merged) - 6000) < 1e-6);
    assert.ok(merged.sample().length <= 2000);
  });
}

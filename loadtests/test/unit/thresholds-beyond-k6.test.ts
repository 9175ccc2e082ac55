import assert from "node:assert/strict";
import { test } from "node:test";
import { parseThresholdExpression } from "../../src/judge/threshold-expression.js";
import type { ThresholdJudgement } from "../../src/judge/threshold-judgement.js";
import { judgeThresholds } from "../../src/judge/threshold-judgement.js";
import { type Threshold, validateThresholds } from "../../src/judge/threshold-validation.js";
import { WindowMemory } from "../../src/judge/window-memory.js";
import { MetricRegistry } from "../../src/measure/metric-registry.js";

const METRICS = [
  { name: "http_req_duration", type: "trend", contents: "time" },
  { name: "http_req_failed", type: "rate", contents: "default" },
  { name: "http_reqs", type: "counter", contents: "default" },
  { name: "bytes", type: "trend", contents: "default" },
  { name: "vus", type: "gauge", contents: "default" },
] as const;

const OPTIONS = { noDataPasses: false, targetSilence: "" };

function thresholdOf(metric: string, expression: string): Threshold {
  const declaration = { metric, expression, abortOnFail: true, delayAbortEvalMs: 0 };
  const [threshold] = validateThresholds([declaration], METRICS, "load.ts");
  assert.ok(threshold !== undefined);
  return threshold;
}

test("a window stands between the aggregation and the operator", () => {
  const lastSecondsOf = (text: string): number | string | undefined => {
    const parsed = parseThresholdExpression(text);
    return parsed.ok ? parsed.expression.lastSeconds : parsed.reason;
  };
  assert.equal(lastSecondsOf("p(95)[last 10s]<250"), 10);
  assert.equal(lastSecondsOf("rate [ last 1 s ] < 0.5"), 1);
  assert.equal(lastSecondsOf("p(95)<250"), undefined);
  for (const text of ["p(95)[last 0s]<1", "p(95)[last 121s]<1"]) {
    assert.match(String(lastSecondsOf(text)), /1 to 120 seconds/, text);
  }
  for (const text of ["p(95)[last 1.5s]<1", "p(95)[first 10s]<1", "[last 10s]<1", "p(95)[last 1m]<1"]) {
    assert.match(String(lastSecondsOf(text)), /is no aggregation/, text);
  }
});

test("of every type of metric only the latest seconds count", () => {
  let now = 0;
  const registry = new MetricRegistry(() => now);
  const metrics = METRICS.map(({ name, type, contents }) => registry.declare(name, type, contents));
  const expressions = ["max", "rate", "count", "max", "value"].map((method) => `${method}[last 3s]<1`);
  const thresholds = METRICS.map(({ name }, index) => thresholdOf(name, expressions[index] ?? ""));
  registry.keepParts(thresholds.map(({ selector }) => selector));
  const actuals = (): readonly (number | null)[] =>
    judgeThresholds(thresholds, registry, null, OPTIONS).map(({ actual }) => actual);
  for (; now < 10; now += 0.5) for (const metric of metrics) metric.add(now < 5 ? 1 : 0.25, {});
  // At 10 s the window reaches back to second 7: six samples.
  assert.deepEqual(actuals(), [0.25, 1, 1.5, 0.25, 0.25]);
  now = 14;
  assert.deepEqual(actuals(), [null, null, 0, null, null]);
});

test("a part of a metric has windows of its own, and its whole stays whole", () => {
  let now = 0.5;
  const registry = new MetricRegistry(() => now);
  const failed = registry.declare("http_req_failed", "rate");
  const thresholds = [
    thresholdOf("http_req_failed{name:login}", "rate[last 1s]<1"),
    thresholdOf("http_req_failed{name:login}", "rate<1"),
    thresholdOf("http_req_failed", "rate<1"),
  ];
  registry.keepParts(thresholds.map(({ selector }) => selector));
  failed.add(1, { name: "login" });
  failed.add(0, { name: "other" });
  now = 5.5;
  failed.add(0, { name: "login" });
  const actuals = judgeThresholds(thresholds, registry, null, OPTIONS).map(({ actual }) => actual);
  assert.deepEqual(actuals, [0, 0.5, 1 / 3]);
});

test("one bad window fails the run, however good the end; the worst one is told", () => {
  const threshold = thresholdOf("http_req_duration", "p(95)[last 2s]<250");
  const judged = (actual: number | null): readonly ThresholdJudgement[] => [
    { threshold, actual, ok: actual !== null && actual < 250, note: null },
  ];
  const memory = new WindowMemory();
  assert.equal(memory.remember(judged(900), 1)[0]?.ok, true, "no window is whole yet");
  for (const [second, actual] of [100, 300, 700, 120].entries()) {
    memory.remember(judged(actual), second + 2);
  }
  const [verdict] = memory.conclude(judged(null));
  assert.equal(verdict?.ok, false);
  assert.equal(verdict?.actual, 700);
  assert.match(verdict?.note ?? "", /worst window, up to 4 s/);
});

test("a load that is shorter than the window is judged as a whole", () => {
  const threshold = thresholdOf("http_req_duration", "p(95)[last 60s]<250");
  const memory = new WindowMemory();
  const judged = [{ threshold, actual: 300, ok: false, note: null }];
  memory.remember(judged, 5);
  assert.deepEqual(memory.conclude(judged), judged);
});

test("forall holds when it holds for each value of the tag, and tells the worst", () => {
  const registry = new MetricRegistry(() => 1);
  const durations = registry.declare("http_req_duration", "trend", "time");
  const each = thresholdOf("http_req_duration", "forall name max<100");
  const posts = thresholdOf("http_req_duration{method:POST}", "forall name max<100");
  registry.keepParts([each.selector, posts.selector]);
  durations.add(20, { name: "/quick", method: "POST" });
  durations.add(250, { name: "/slow", method: "GET" });
  durations.add(90, { name: "/usual", method: "GET" });
  const judged = judgeThresholds([each, posts], registry, null, OPTIONS);
  assert.deepEqual(
    judged.map(({ actual, ok, note }) => [actual, ok, note]),
    [
      [250, false, "worst: /slow"],
      [20, true, "worst: /quick"],
    ],
  );
  assert.equal(registry.results(["max"]).length, 1, "k6's summary has no parts by value");
});

test("forall without a single value has no data, and values beyond two hundred share one part", () => {
  const registry = new MetricRegistry(() => 1);
  const failed = registry.declare("http_req_failed", "rate");
  const each = thresholdOf("http_req_failed", "forall name rate<0.5");
  registry.keepParts([each.selector]);
  const [none] = judgeThresholds([each], registry, null, OPTIONS);
  assert.deepEqual([none?.actual, none?.ok, none?.note], [null, false, "no data"]);
  for (let n = 0; n < 500; n += 1) failed.add(n >= 200 ? 1 : 0, { name: `/items/${n}` });
  const [judged] = judgeThresholds([each], registry, null, OPTIONS);
  assert.deepEqual([judged?.actual, judged?.note], [1, "worst: other"]);
});

test("forall and a window go together", () => {
  const { expression, selector } = thresholdOf("http_req_failed", "forall name rate[last 10s]<0.5");
  assert.deepEqual([expression.forAll, expression.lastSeconds], ["name", 10]);
  assert.deepEqual([selector.forAll, selector.lastSeconds], ["name", 10]);
  assert.throws(() => thresholdOf("target_queue_length", "forall name max<5"), /forall is for the client's/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeclaredMetric, ThresholdDeclaration } from "../../src/engine/engine.js";
import { abortingJudgements, judgeThresholds } from "../../src/judge/threshold-judgement.js";
import { validateThresholds } from "../../src/judge/threshold-validation.js";
import { LoopscopeError } from "../../src/loopscope-error.js";
import type { MetricSource, MetricView } from "../../src/measure/metric.js";

const METRICS: readonly DeclaredMetric[] = [
  { name: "http_reqs", type: "counter", contents: "default" },
  { name: "http_req_duration", type: "trend", contents: "time" },
  { name: "http_req_failed", type: "rate", contents: "default" },
  { name: "vus", type: "gauge", contents: "default" },
];

function threshold(
  metric: string,
  expression: string,
  more: Partial<ThresholdDeclaration> = {},
): ThresholdDeclaration {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, ...more };
}

function view(type: MetricView["type"], sampleCount: number, actual: number | undefined): MetricView {
  return { name: "m", type, contents: "default", sampleCount, aggregate: () => actual };
}

const sourceOf = (one: MetricView | undefined): MetricSource => ({ find: () => one });
const OPTIONS = { noDataPasses: false, targetSilence: "there is no agent" };

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ["http_req_durations", "p(95)<250", /no such metric \(the nearest is http_req_duration\)/],
  ["nothing_like_it_at_all", "p(95)<250", /no such metric\.$/],
  ["http_req_duration", "count<250", /is a trend and has avg, min, med, max, p\(N\), not count/],
  ["http_reqs", "p(95)<250", /is a counter and has count, rate, not p\(95\)/],
  ["vus", "max<250", /is a gauge and has value, not max/],
  ["http_req_failed", "avg<0.1", /is a rate and has rate, not avg/],
  ["http_req_duration", "p95<250", /"p95" is no aggregation/],
  ["http_req_duration{name}", "p(95)<250", /its tag "name" must be name:value/],
  ["target_block", "count==0", /no such metric \(the nearest is target_blocks\)/],
  ["target_blocks", "p(95)<250", /target_blocks is a counter/],
  ["target_rss{name:x}", "max<1", /target_rss takes no tags, not "name"/],
  ["target_blocks{file:x}", "count<1", /has the tags cause, route, method, function, thread, not "file"/],
];

for (const [metric, expression, sentence] of REFUSED) {
  test(`${metric} "${expression}" is refused before the start, naming the script`, () => {
    assert.throws(
      () => validateThresholds([threshold(metric, expression)], METRICS, "users.ts"),
      (error) =>
        error instanceof LoopscopeError &&
        error.code === "INVALID_THRESHOLD" &&
        error.exitCode === 104 &&
        error.message.includes("users.ts") &&
        sentence.test(error.message),
    );
  });
}

test("a threshold without data fails and says so, or passes as in k6 when that is asked for", () => {
  const thresholds = validateThresholds([threshold("http_req_duration", "p(95)<250")], METRICS, "users.ts");
  const empty = sourceOf(view("trend", 0, undefined));
  const [failed] = judgeThresholds(thresholds, empty, null, OPTIONS);
  assert.deepEqual([failed?.ok, failed?.actual, failed?.note], [false, null, "no data"]);
  const [passed] = judgeThresholds(thresholds, empty, null, { ...OPTIONS, noDataPasses: true });
  assert.equal(passed?.ok, true);
});

test("a counter that nothing was added to is zero, not absent", () => {
  const thresholds = validateThresholds([threshold("http_reqs", "count==0")], METRICS, "users.ts");
  const [judged] = judgeThresholds(thresholds, sourceOf(view("counter", 0, undefined)), null, OPTIONS);
  assert.deepEqual([judged?.ok, judged?.actual], [true, 0]);
});

test("a threshold on the target without an agent fails and says why", () => {
  const thresholds = validateThresholds([threshold("target_blocks", "count==0")], METRICS, "users.ts");
  const [judged] = judgeThresholds(thresholds, sourceOf(undefined), null, OPTIONS);
  assert.deepEqual([judged?.ok, judged?.note], [false, "no data: there is no agent"]);
});

test("a percentile with too few samples says how many would make it firm", () => {
  const thresholds = validateThresholds([threshold("http_req_duration", "p(99)<250")], METRICS, "users.ts");
  const noteWith = (samples: number): string | null | undefined =>
    judgeThresholds(thresholds, sourceOf(view("trend", samples, 10)), null, OPTIONS)[0]?.note;
  assert.equal(noteWith(499), "only 499 samples, 500 make it firm");
  assert.equal(noteWith(500), null);
});

test("only a failing abortOnFail threshold with data and past its delay stops the run", () => {
  const declarations = [
    threshold("http_req_failed", "rate<0.1"),
    threshold("http_req_failed", "rate<0.1", { abortOnFail: true, delayAbortEvalMs: 2000 }),
  ];
  const thresholds = validateThresholds(declarations, METRICS, "users.ts");
  const judged = judgeThresholds(thresholds, sourceOf(view("rate", 10, 0.5)), null, OPTIONS);
  assert.equal(abortingJudgements(judged, 1999).length, 0);
  assert.deepEqual(
    abortingJudgements(judged, 2000).map((judgement) => judgement.threshold.declaration),
    [declarations[1]],
  );
  const silent = judgeThresholds(thresholds, sourceOf(view("rate", 0, undefined)), null, OPTIONS);
  assert.equal(abortingJudgements(silent, 60_000).length, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTLOOP_METRICS, HTTP_METRICS, RUNTIME_METRICS } from "@loopscope/agent/catalog";
import { countingFromBirth } from "../../src/promql/born-rate.js";
import { bucketBound, MetricQueries } from "../../src/promql/metric-query.js";
import { recorded, recordingRule } from "../../src/promql/recorded.js";
import { divide, histogramQuantile, sumBy } from "../../src/promql/vector.js";

const plain = new MetricQueries({ matchers: {}, window: "1m" });
const scoped = new MetricQueries({
  matchers: { job: '=~"$job"', http_route: '=~"$route"' },
  window: "$__rate_interval",
});

test("a gauge is read as it is, a counter only as a rate or an increase", () => {
  assert.equal(plain.gauge(RUNTIME_METRICS.heapLimit).promql, "loopscope_heap_limit_bytes");
  assert.equal(plain.rate(RUNTIME_METRICS.cpuTime).promql, "rate(process_cpu_seconds_total[1m])");
  // @ts-expect-error a counter has no meaning without its rate
  plain.gauge(RUNTIME_METRICS.cpuTime);
  // @ts-expect-error a gauge has no rate
  plain.rate(RUNTIME_METRICS.heapLimit);
});

test("a label that the metric lacks does not compile", () => {
  const rate = plain.rate(RUNTIME_METRICS.cpuTime);
  assert.equal(sumBy(["instance"], rate).promql, "sum by (instance) (rate(process_cpu_seconds_total[1m]))");
  // @ts-expect-error process_cpu_seconds_total has no route
  sumBy(["http_route"], rate);
  // @ts-expect-error neither can it be matched
  plain.rate(RUNTIME_METRICS.cpuTime, { http_route: '="/"' });
});

test("a quantile needs buckets that kept their bounds", () => {
  const buckets = plain.bucketRate(EVENTLOOP_METRICS.delay);
  const quantile = histogramQuantile(0.99, sumBy(["instance", "le"], buckets));
  assert.deepEqual(quantile.labels, ["instance"]);
  assert.equal(
    quantile.promql,
    "histogram_quantile(0.99, sum by (instance, le) (rate(loopscope_eventloop_delay_seconds_bucket[1m])))",
  );
});

test("a scope's matchers apply to the labels that the series have, and to no other", () => {
  assert.equal(
    scoped.countRate(HTTP_METRICS.serverRequestDuration, { http_response_status_code: '=~"5.."' }).promql,
    'rate(http_server_request_duration_seconds_count{job=~"$job",http_route=~"$route",http_response_status_code=~"5.."}[$__rate_interval])',
  );
  assert.equal(scoped.gauge(RUNTIME_METRICS.heapLimit).promql, 'loopscope_heap_limit_bytes{job=~"$job"}');
});

test("a recorded rule is matched on the labels that it kept", () => {
  const rule = recordingRule("job:cpu:rate1m", "", sumBy(["job"], plain.rate(RUNTIME_METRICS.cpuTime)));
  assert.equal(recorded(rule, scoped.scope).promql, 'job:cpu:rate1m{job=~"$job"}');
});

test("a division leaves out what has nothing to be divided by", () => {
  const rate = plain.rate(RUNTIME_METRICS.cpuTime);
  assert.match(divide(rate, rate).promql, /\/ \(\(rate\(process_cpu_seconds_total\[1m\]\)\) > 0\)$/);
});

test("a bucket is matched by a bound that exists, whole numbers also as Prometheus 3 writes them", () => {
  assert.equal(bucketBound(HTTP_METRICS.serverRequestDuration, 0.25), '="0.25"');
  assert.equal(bucketBound(HTTP_METRICS.serverRequestDuration, 1), '=~"1|1[.]0"');
  // @ts-expect-error 0.3 lies between two bounds
  assert.throws(() => bucketBound(HTTP_METRICS.serverRequestDuration, 0.3), /no bucket bound 0.3/);
});

test("counting from birth takes a plain rate and nothing else", () => {
  assert.throws(() => countingFromBirth(plain.gauge(RUNTIME_METRICS.heapLimit)), /takes a plain rate/);
});

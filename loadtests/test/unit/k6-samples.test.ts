import assert from "node:assert/strict";
import { test } from "node:test";
import { epochOf, K6Samples } from "../../src/engine/k6-binary/k6-samples.js";

const point = (metric: string, time: string, value: number, tags: Record<string, string>): string =>
  JSON.stringify({ metric, type: "Point", data: { time, value, tags } });

function request(time: string, durationMs: number, tags: Record<string, string>, failed: boolean): string[] {
  return [
    point("http_reqs", time, 1, tags),
    point("http_req_duration", time, durationMs, tags),
    point("http_req_blocked", time, 1, tags),
    point("http_req_connecting", time, 2, tags),
    point("http_req_tls_handshaking", time, 0, tags),
    point("http_req_failed", time, failed ? 1 : 0, tags),
  ];
}

const TAGS = { scenario: "default", name: "front", method: "GET", status: "200" };

test("Go's times are read to the microsecond, in any zone", () => {
  assert.equal(epochOf("2026-11-20T23:08:02.590657267Z"), Date.UTC(2026, 10, 20, 23, 8, 2) + 590.657267);
  assert.equal(epochOf("2026-11-21T01:08:02+02:00"), Date.UTC(2026, 10, 20, 23, 8, 2));
  assert.ok(Number.isNaN(epochOf("yesterday")));
});

test("the samples of a request become one record, under its name", () => {
  const samples = new K6Samples([{ name: "http_req_duration", tags: { name: "front" } }]);
  const lines = [
    ...request("2026-11-20T23:00:01Z", 10, TAGS, false),
    ...request("2026-11-20T23:00:02Z", 30, { ...TAGS, status: "500" }, true),
    ...request("2026-11-20T23:00:03Z", 60_000, { ...TAGS, status: "0", error_code: "1050" }, true),
    "not k6's line",
    '{"half":',
  ];
  for (const line of lines) samples.readLine(line);
  samples.finish();
  assert.deepEqual(samples.recorder.total, { started: 3, completed: 2, failed: 2, timedOut: 1 });
  assert.deepEqual(samples.recorder.byName()[0]?.byStatus, { 0: 1, 200: 1, 500: 1 });
  const named = samples.registry.find("http_req_duration", { name: "front" });
  assert.equal(named?.sampleCount, 3);
  assert.equal(named?.aggregate({ method: "min" }), 10);
  const response = samples.registry.find("response_time", {});
  assert.equal(response?.aggregate({ method: "min" }), 13, "waiting for the connection included");
});

test("requests of setup are in the metrics and not in the load", () => {
  const samples = new K6Samples([]);
  const { scenario: _, ...setupTags } = TAGS;
  for (const line of request("2026-11-20T23:00:00Z", 500, setupTags, false)) samples.readLine(line);
  for (const line of request("2026-11-20T23:00:05Z", 10, TAGS, false)) samples.readLine(line);
  samples.finish();
  assert.equal(samples.recorder.total.started, 1);
  assert.equal(samples.registry.find("http_reqs", {})?.aggregate({ method: "count" }), 2);
  assert.equal(samples.firstAtMs, Date.UTC(2026, 10, 20, 23, 0, 5));
});

test("a metric that the script makes exists as soon as k6 declares it, with the parts that were asked for", () => {
  const samples = new K6Samples([{ name: "mine", tags: { a: "b" } }]);
  assert.equal(samples.registry.find("mine", {}), undefined);
  const declaration = { type: "Metric", metric: "mine", data: { type: "trend", contains: "time" } };
  samples.readLine(JSON.stringify(declaration));
  samples.readLine(point("mine", "2026-11-20T23:00:00Z", 3, { a: "b" }));
  samples.readLine(point("mine", "2026-11-20T23:00:00Z", 9, { a: "c" }));
  assert.equal(samples.registry.find("mine", { a: "b" })?.aggregate({ method: "max" }), 3);
  assert.equal(samples.registry.find("mine", {})?.aggregate({ method: "max" }), 9);
});

test("checks are counted by group and name", () => {
  const samples = new K6Samples([]);
  for (const value of [1, 1, 0]) {
    samples.readLine(point("checks", "2026-11-20T23:00:00Z", value, { check: "ok", group: "::shop" }));
  }
  assert.deepEqual(samples.checks, [{ name: "ok", path: "::shop::ok", passes: 2, fails: 1 }]);
});

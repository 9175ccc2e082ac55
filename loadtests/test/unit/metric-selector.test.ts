import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMetricSelector, selectorKey } from "../../src/judge/metric-selector.js";

const ACCEPTED: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ["http_reqs", "http_reqs", {}],
  ["http_req_duration{status:200}", "http_req_duration", { status: "200" }],
  ["http_req_duration{status:200,name:login}", "http_req_duration", { status: "200", name: "login" }],
  [
    "http_req_duration{ status : 200 , name : log in }",
    "http_req_duration",
    { status: "200", name: "log in" },
  ],
  ["checks{check:a: b}", "checks", { check: "a: b" }],
  ["checks{check:'it works'}", "checks", { check: "it works" }],
  ['checks{"check":"it works"}', "checks", { check: "it works" }],
  ["http_req_duration{url:http://127.0.0.1/{id}}", "http_req_duration", { url: "http://127.0.0.1/{id}" }],
];

const REFUSED: readonly string[] = [
  "http_reqs{status:200",
  "http_reqs}status:200{",
  "http_reqs{status:200}x",
  "http_reqs{}",
  "http_reqs{status}",
  "http_reqs{status:}",
  "http_reqs{status:200,}",
  "http_reqsstatus:200}",
];

for (const [key, name, tags] of ACCEPTED) {
  test(`the key ${key} is read`, () => {
    assert.deepEqual(parseMetricSelector(key), { ok: true, selector: { name, tags } });
  });
}

for (const key of REFUSED) {
  test(`the key ${key} is refused with a reason`, () => {
    const parsed = parseMetricSelector(key);
    assert.equal(parsed.ok, false);
    assert.ok(!parsed.ok && parsed.reason.length > 10);
  });
}

test("selectors with the same tags in another order are the same part of a metric", () => {
  assert.equal(
    selectorKey({ name: "m", tags: { b: "2", a: "1" } }),
    selectorKey({ name: "m", tags: { a: "1", b: "2" } }),
  );
});

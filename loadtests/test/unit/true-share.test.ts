/** The share of slow requests that a fault's own log explains: what the diagnosis is held against. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { trueShare } from "../../benchmarks/true-share.js";
import type { SlowRequests } from "../../src/diagnose/slow-requests.js";
import type { SlowRequest } from "../../src/engine/engine.js";
import type { FaultHold } from "../../targets/service/fault-log.js";

const START = 1_795_204_800_000;

/** Times in milliseconds after the start. */
function request(from: number, tookMs: number, weight = 1, id = "a"): SlowRequest {
  const [sentAt, endAt] = [START + from, START + from + tookMs];
  const times = { intendedAt: sentAt, sentAt, firstByteAt: endAt, endAt, censored: false };
  return { name: "/users", method: "POST", status: 200, ...times, weight, id };
}

function slowOf(...requests: readonly SlowRequest[]): SlowRequests {
  return {
    ...{ limitMs: 30, limitText: "over 30 ms", limitFrom: "threshold", usualMs: 2 },
    ...{ requests, keepingLimits: new Set(), usuallySlow: new Set() },
  };
}

function hold(from: number, to: number, id: string | null = null): FaultHold {
  const whom = id === null ? "everyone" : "request";
  return { fault: "f", by: "f", whom, from: START + from, to: START + to, request: id };
}

test("a hold of everyone explains the requests of whose time over the usual it covers half", () => {
  const slow = slowOf(request(0, 102), request(1000, 102));
  assert.equal(trueShare(slow, [hold(0, 50), hold(1000, 1049)]), 0.5);
});

test("holds of everyone that overlap each other count once", () => {
  assert.equal(trueShare(slowOf(request(0, 202)), [hold(0, 60), hold(10, 70), hold(20, 60)]), 0);
});

test("a hold of one request explains that one, and none beside it", () => {
  const slow = slowOf(request(0, 100), request(20, 200, 1, "b"));
  assert.equal(trueShare(slow, [hold(30, 95, "a"), hold(40, 60, "b")]), 0.5);
});

test("two holds of one request count together", () => {
  assert.equal(trueShare(slowOf(request(0, 102)), [hold(5, 35, "a"), hold(40, 65, "a")]), 1);
  assert.equal(trueShare(slowOf(request(0, 102)), [hold(5, 35, "a"), hold(40, 65, "b")]), 0);
});

test("requests count by their weight", () => {
  assert.equal(trueShare(slowOf(request(0, 100, 3), request(500, 100)), [hold(0, 90)]), 0.75);
});

test("without a slow request, or without a log, there is no share to tell", () => {
  assert.equal(trueShare(slowOf(), [hold(0, 90)]), null);
  assert.equal(trueShare(slowOf(request(0, 100)), []), null);
});

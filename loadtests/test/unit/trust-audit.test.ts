import assert from "node:assert/strict";
import { test } from "node:test";
import { LogLinearHistogram } from "@loopscope/agent/catalog";
import { ClientEvidence } from "../../src/cli/client-evidence.js";
import type { ClientInterval } from "../../src/engine/engine.js";
import { auditTrust, type TrustEvidence } from "../../src/judge/trust-audit.js";

function histogramOf(values: readonly number[]): ReturnType<LogLinearHistogram["snapshot"]> {
  const histogram = new LogLinearHistogram(10);
  for (const value of values) histogram.record(value);
  return histogram.snapshot();
}

/** 1000 requests of 10 ms within 10 s: one in flight on average. */
const SOUND: TrustEvidence = {
  model: "open",
  busySeconds: 0,
  busiestThread: null,
  seconds: 10,
  scheduleSlip: histogramOf(Array(1000).fill(100)),
  serviceTime: histogramOf(Array(1000).fill(10_000)),
  meanInFlight: 1,
  durationSeconds: 10,
  requests: { started: 1000, dropped: 0, completed: 1000, timedOut: 0, unfinished: 0 },
  missingFrames: 0,
};

test("a sound run is trusted", () => {
  assert.deepEqual(auditTrust(SOUND), { ok: true, reasons: [] });
});

const DOUBTS: readonly (readonly [string, Partial<TrustEvidence>, RegExp])[] = [
  [
    "a generator that was busy in 3 of 10 seconds",
    { busySeconds: 3 },
    /^the generator's event loop was over 90 % busy in 3 of 10 seconds/,
  ],
  [
    "one thread of several that was busy in 3 of 10 seconds",
    { busySeconds: 3, busiestThread: "thread 2 of 3" },
    /^the event loop of the generator's thread 2 of 3 was over 90 % busy in 3 of 10 seconds/,
  ],
  [
    "requests that left late",
    { scheduleSlip: histogramOf([...Array(98).fill(100), ...Array(2).fill(80_000)]) },
    /left 80 ms late or more/,
  ],
  ["dropped iterations", { requests: { ...SOUND.requests, dropped: 7 } }, /7 iterations were dropped/],
  ["requests missing from the measurement", { meanInFlight: 1.5 }, /Little's law is off by 33 %/],
  ["an agent that was silent", { missingFrames: 3 }, /3 seconds of the agent's measurements/],
];

for (const [what, change, reason] of DOUBTS) {
  test(`${what}: the run is not trusted, with the figure`, () => {
    const { ok, reasons } = auditTrust({ ...SOUND, ...change });
    assert.equal(ok, false);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? "", reason);
  });
}

const TOLERATED: readonly (readonly [string, Partial<TrustEvidence>])[] = [
  ["two busy seconds in ten", { busySeconds: 2 }],
  [
    "slip in a closed model, which has no timetable",
    { model: "closed", scheduleSlip: histogramOf([90_000]) },
  ],
  ["a Little residual under a tenth", { meanInFlight: 1.09 }],
  [
    "Little's law over too few requests",
    { serviceTime: histogramOf(Array(99).fill(10_000)), meanInFlight: 9 },
  ],
];

for (const [what, change] of TOLERATED) {
  test(`${what}: the run is trusted`, () => {
    assert.equal(auditTrust({ ...SOUND, ...change }).ok, true);
  });
}

test("the milliseconds that are left at a load's end count neither as a busy second nor as one", () => {
  const evidence = new ClientEvidence();
  evidence.add(intervalOf(1000, 0.5));
  evidence.add(intervalOf(299, 1));
  assert.deepEqual([evidence.busySeconds, evidence.seconds], [0, 1]);
  evidence.add(intervalOf(300, 1));
  assert.deepEqual([evidence.busySeconds, evidence.seconds], [0.3, 1.3]);
  evidence.add(intervalOf(3000, 1));
  assert.deepEqual([evidence.busySeconds, evidence.seconds], [3.3, 4.3], "a turn of three seconds is three");
});

function intervalOf(durationMs: number, generatorUtilization: number): ClientInterval {
  const counts = { started: 1, completed: 1, failed: 0, timedOut: 0, droppedIterations: 0 };
  const histogram = histogramOf([]);
  return {
    at: 0,
    durationMs,
    elapsedSeconds: 1,
    ...counts,
    activeVus: 1,
    inFlight: 0,
    latency: histogram,
    scheduleSlip: histogram,
    generatorUtilization,
  };
}

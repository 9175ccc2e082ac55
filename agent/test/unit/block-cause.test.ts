import assert from "node:assert/strict";
import { test } from "node:test";
import { type CauseEvidence, causeOf } from "../../src/eventloop/block-cause";

const PLAIN: CauseEvidence = {
  durationMs: 200,
  thresholdMs: 50,
  cpuMs: 195,
  runQueueMs: 2,
  gcMs: 3,
  watchdogLateMs: 0,
  nativeMs: 0,
  nativeCause: null,
  calleeCause: null,
  samples: 15,
  turnoverShare: 0,
  microtaskShare: 0,
  loadingShare: 0,
  longestTurnMs: 190,
  unnamed: false,
  late: false,
  starting: false,
  debuggable: false,
} as CauseEvidence;

/** What differs from a plain block of 200 ms in JavaScript, and the verdict. */
const TABLE: readonly (readonly [string, Partial<CauseEvidence>, string])[] = [
  ["nothing special", {}, "javascript"],
  ["most of it waited for a processor, too little was worked", { cpuMs: 40, runQueueMs: 155 }, "host"],
  [
    "it waited for a processor, but worked long enough to block",
    { cpuMs: 80, runQueueMs: 115 },
    "javascript",
  ],
  ["stretched far, just short of work enough", { durationMs: 447, cpuMs: 59.9, runQueueMs: 387.1 }, "host"],
  ["stretched far, just work enough", { durationMs: 447, cpuMs: 60, runQueueMs: 387 }, "javascript"],
  ["the watchdog slept through it, too", { cpuMs: 20, watchdogLateMs: 180 }, "host"],
  ["the watchdog was late, but the thread worked", { watchdogLateMs: 180 }, "javascript"],
  ["the collector took most of it", { gcMs: 120 }, "gc"],
  ["the collector took a third", { gcMs: 66 }, "javascript"],
  ["a wrapped call took most of it", { nativeMs: 150, nativeCause: "sync-crypto" }, "sync-crypto"],
  ["a wrapped call took a third", { nativeMs: 60, nativeCause: "sync-crypto" }, "javascript"],
  ["waiting, no wrapped call", { cpuMs: 20 }, "sync-io"],
  ["waiting, while all of us were starved", { cpuMs: 2, runQueueMs: 60, watchdogLateMs: 60 }, "host"],
  [
    "hardly any work, both threads withheld",
    { durationMs: 70, cpuMs: 8, runQueueMs: 27, watchdogLateMs: 22 },
    "host",
  ],
  [
    "hardly any work, little withheld",
    { durationMs: 70, cpuMs: 8, runQueueMs: 10, watchdogLateMs: 8 },
    "sync-io",
  ],
  ["half of it was work", { durationMs: 70, cpuMs: 35, runQueueMs: 27, watchdogLateMs: 22 }, "javascript"],
  ["waiting with a debugger allowed in", { cpuMs: 20, debuggable: true }, "host"],
  ["tasks change between samples", { turnoverShare: 0.9 }, "many-tasks"],
  ["tasks change, from the microtask queue", { turnoverShare: 0.9, microtaskShare: 0.9 }, "microtasks"],
  [
    "a chain of microtasks that makes garbage",
    { turnoverShare: 0.9, microtaskShare: 0.9, gcMs: 130 },
    "microtasks",
  ],
  ["modules were being loaded", { loadingShare: 0.8 }, "module-load"],
  ["the program was loading, nothing seen", { starting: true, samples: 0 }, "module-load"],
  ["a regular expression was running", { calleeCause: "regexp" }, "regexp"],
  ["stacks that name nobody", { unnamed: true }, "unknown"],
  ["stacks that name nobody, and garbage collected", { unnamed: true, gcMs: 120 }, "gc"],
  ["only late samples", { late: true, samples: 1 }, "native"],
  [
    "no sample, no work, all of us starved",
    { samples: 0, cpuMs: 8, runQueueMs: 76, watchdogLateMs: 5 },
    "host",
  ],
  [
    "no sample, all of us starved, but worked",
    { samples: 0, cpuMs: 70, runQueueMs: 76, watchdogLateMs: 5 },
    "unknown",
  ],
  [
    "no sample, no work, little starved",
    { samples: 0, cpuMs: 8, runQueueMs: 75, watchdogLateMs: 4 },
    "unknown",
  ],
  ["no sample at all", { samples: 0 }, "unknown"],
  ["no figures of the kernel's", { cpuMs: null, runQueueMs: null }, "javascript"],
  ["no figures, but the watchdog slept", { cpuMs: null, runQueueMs: null, watchdogLateMs: 190 }, "host"],
];

for (const [name, difference, verdict] of TABLE) {
  test(`${name}: ${verdict}`, () => {
    assert.equal(causeOf({ ...PLAIN, ...difference }), verdict);
  });
}

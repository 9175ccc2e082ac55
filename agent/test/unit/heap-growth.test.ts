import assert from "node:assert/strict";
import { test } from "node:test";
import { HeapFloors, type HeapVerdict, judgeHeapGrowth } from "../../src/runtime/heap-growth";

const MB = 2 ** 20;

/** One floor every ten seconds. */
function floors(...megabytes: readonly number[]) {
  return megabytes.map((size, index) => ({ atSeconds: index * 10, bytes: size * MB }));
}

interface GrowthCase {
  readonly name: string;
  readonly floors: readonly { readonly atSeconds: number; readonly bytes: number }[];
  readonly verdict: HeapVerdict;
}

const CASES: readonly GrowthCase[] = [
  { name: "no floor", floors: [], verdict: "not enough data" },
  { name: "four floors", floors: floors(50, 60, 70, 80), verdict: "not enough data" },
  { name: "a leak of 1 MB a second", floors: floors(50, 60, 70, 80, 90), verdict: "growing" },
  { name: "a heap that stays", floors: floors(50, 51, 50, 49, 50, 51), verdict: "steady" },
  { name: "a heap that shrinks", floors: floors(90, 80, 70, 60, 50), verdict: "steady" },
  { name: "one outlier in a steady heap", floors: floors(50, 50, 250, 50, 50, 50, 50), verdict: "steady" },
  { name: "a step up that stays", floors: floors(50, 50, 50, 80, 80, 80, 80), verdict: "steady" },
  {
    name: "growth of half a percent a minute",
    floors: floors(60, 60.05, 60.1, 60.15, 60.2),
    verdict: "steady",
  },
  { name: "growth of two percent a minute", floors: floors(60, 60.2, 60.4, 60.6, 60.8), verdict: "growing" },
  {
    name: "many floors within ten seconds",
    floors: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ atSeconds: n, bytes: n * 10 * MB })),
    verdict: "not enough data",
  },
];

for (const { name, floors: given, verdict } of CASES) {
  test(`${name} is ${verdict}`, () => {
    assert.equal(judgeHeapGrowth(given).verdict, verdict);
  });
}

test("the slope is the median of all pairs, bytes a second", () => {
  assert.equal(judgeHeapGrowth(floors(50, 60, 70, 80, 90)).bytesPerSecond, MB);
});

test("old floors are forgotten", () => {
  const kept = new HeapFloors();
  for (let n = 0; n < 64; n++) kept.add({ atSeconds: n * 10, bytes: (1000 - n) * MB });
  for (let n = 64; n < 128; n++) kept.add({ atSeconds: n * 10, bytes: n * MB });
  assert.equal(kept.judge().verdict, "growing");
  assert.equal(kept.latestBytes, 127 * MB);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CapacitySearch, type StepVerdict, searchCapacity } from "../../src/judge/capacity-search.js";

const SEARCH: CapacitySearch = { from: 10, to: 20_000, precision: 0.05 };

async function search(limit: number, given: Partial<CapacitySearch> = {}, beyond: StepVerdict = "fails") {
  const probes: number[] = [];
  const result = await searchCapacity({ ...SEARCH, ...given }, async (rate) => {
    probes.push(rate);
    return rate <= limit ? "holds" : beyond;
  });
  return { result, probes };
}

test("the highest rate that holds is found within the precision, wherever it lies", async () => {
  for (const limit of [10, 11, 57, 640, 641, 9_999, 19_999]) {
    const { result, probes } = await search(limit);
    assert.ok(result.rate !== null && result.rate <= limit, `${result.rate} for ${limit}`);
    assert.ok(limit <= (result.rate ?? 0) * 1.06 + 1, `${result.rate} for ${limit}`);
    assert.equal(result.limitedBy, "target");
    assert.ok((result.failsAt ?? 0) > limit);
    assert.ok(probes.length <= 20, `${probes.length} steps for ${limit}`);
  }
});

test("a target that never fails is limited by the range, and one that always does has no capacity", async () => {
  assert.deepEqual((await search(1e9, { to: 100 })).result, { rate: 100, failsAt: null, limitedBy: "range" });
  assert.deepEqual((await search(5)).result, { rate: null, failsAt: 10, limitedBy: "target" });
});

test("a rate that the generator cannot make is not the target's limit", async () => {
  const { result } = await search(300, {}, "generator");
  assert.equal(result.limitedBy, "generator");
  assert.ok((result.rate ?? 0) > 280);
});

test("a winner that does not hold for longer steps back", async () => {
  const result = await searchCapacity(SEARCH, async (rate, longer) =>
    rate <= (longer ? 500 : 540) ? "holds" : "fails",
  );
  assert.ok(result.rate !== null && result.rate <= 500 && result.rate > 450, `${result.rate}`);
});

/** Few collections and one that is asked for after the load: when that is enough to call it a leak. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnoseRun } from "../../src/diagnose/diagnose-run.js";
import type { RunEvidence } from "../../src/diagnose/run-evidence.js";
import { evidenceOf } from "../generated/evidence-of.js";

const SECONDS = 160;
const MB = 2 ** 20;

/** What is first found of 160 s in which V8 itself left `floors` (from a second on, MB), and `leftMb` at the end. */
function foundOf(
  floors: readonly (readonly [second: number, mb: number])[],
  leftMb: number | null,
  also: Partial<RunEvidence> = {},
): string {
  const evidence = { ...evidenceOf({ slow: "0", loop: "0.3" }), ...also };
  const { startedAt, target, frames } = evidence;
  assert.ok(target !== null && frames[0] !== undefined);
  const [frame] = frames;
  const endedAt = startedAt + SECONDS * 1000;
  const found = diagnoseRun({
    ...evidence,
    endedAt,
    target: { ...target, memory: { ...target.memory, heapGrowthBytesPerSecond: null } },
    frames: Array.from({ length: SECONDS }, (_, second) => ({
      ...frame,
      at: startedAt + (second + 1) * 1000,
      heapFloorBytes: (floors.findLast(([from]) => from <= second)?.[1] ?? 12) * MB,
    })),
    heapLeft: leftMb === null ? null : { at: endedAt + 500, bytes: leftMb * MB },
  });
  return found[0]?.cause ?? "nothing";
}

test("two collections of a load and what is left after it are a leak when they rise at one pace", () => {
  assert.equal(foundOf([[106, 21]], 25), "leak");
  assert.equal(foundOf([[106, 21]], null), "healthy");
});

test("what is left after the load clears a heap that has settled", () => {
  assert.equal(foundOf([[106, 24]], 25), "healthy");
  assert.equal(foundOf([[106, 21]], 20), "healthy");
});

test("what is left after the load is no leak where nothing is known from after the warm-up", () => {
  assert.equal(foundOf([[29, 21]], 60), "leak");
  assert.equal(foundOf([[28, 21]], 60), "healthy");
  assert.equal(foundOf([], 60), "healthy");
});

test("what is left just after a collection of V8's own says no more than that", () => {
  assert.equal(foundOf([[149, 21]], 40), "leak");
  assert.equal(foundOf([[150, 21]], 40), "healthy");
});

test("a leak goes before a single block that held nobody up and broke a limit on blocks", () => {
  const [block] = evidenceOf({ blocks: "json", slow: "300" }).blocks;
  assert.ok(block !== undefined);
  const limit = { metric: "target_blocks", expression: "count==0", actual: 1, ok: false };
  const also = { blocks: [block], thresholds: [{ ...limit, abortOnFail: false, note: null }] };
  assert.equal(foundOf([[106, 21]], 25, also), "leak");
  assert.equal(foundOf([[106, 24]], 25, also), "json");
});

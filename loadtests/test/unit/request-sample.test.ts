import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlowRequest } from "../../src/engine/engine.js";
import { RequestSample } from "../../src/measure/request-sample.js";

/** Repeatable chance: a linear congruential generator (Numerical Recipes' constants). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function offer(sample: RequestSample, name: string, tookMs: number, status = 200): void {
  if (!sample.wants(name, tookMs)) return;
  const times = { intendedAt: 0, sentAt: 0, firstByteAt: tookMs, endAt: tookMs };
  sample.add({ name, method: "GET", status, ...times, censored: false });
}

const weightOf = (requests: readonly SlowRequest[]): number =>
  requests.reduce((sum, { weight = 1 }) => sum + weight, 0);

test("every request stands for itself alone while all of its name and duration are kept", () => {
  const sample = new RequestSample(chance(1));
  for (const tookMs of [0, 0.4, 1, 1.9, 5, 70_000, 200_000]) offer(sample, "/a", tookMs);
  const kept = sample.list();
  assert.deepEqual(
    kept.map(({ endAt }) => endAt),
    [200_000, 70_000, 5, 1.9, 1, 0.4, 0],
  );
  assert.ok(kept.every(({ weight }) => weight === 1));
});

test("the few slow requests of one name are kept beside thousands that were slower", () => {
  const sample = new RequestSample(chance(2));
  for (let index = 0; index < 50_000; index++) {
    offer(sample, "/blocked", 300 + (index % 100));
    if (index % 1000 === 0) offer(sample, "/query", 12);
  }
  const kept = sample.list();
  assert.equal(kept.filter(({ name }) => name === "/query").length, 50);
  assert.equal(Math.round(weightOf(kept)), 50_050);
});

test("shares that the weights give are those of all requests, within 5 points on 19 of 20 seeds", () => {
  let near = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const sample = new RequestSample(chance(seed));
    // Of 9000 slow ones 30 % behind one fault (status 500 marks them), whose requests are somewhat shorter.
    for (let index = 0; index < 10_000; index++) {
      const isOther = index % 10 < 3;
      if (index < 9000)
        offer(sample, `/${index % 2}`, isOther ? 90 : 120 + (index % 7) * 30, isOther ? 500 : 200);
      else offer(sample, "/0", 2);
    }
    const slow = sample.list().filter(({ endAt }) => endAt > 50);
    assert.equal(Math.round(weightOf(slow)), 9000);
    const share = weightOf(slow.filter(({ status }) => status === 500)) / weightOf(slow);
    if (Math.abs(share - 0.3) <= 0.05) near++;
  }
  assert.ok(near >= 38, `${near} of 40`);
});

test("names without end and durations of every length fill no more than the bound, and still count all", () => {
  const sample = new RequestSample(chance(3), 128, 1000);
  for (let index = 0; index < 60_000; index++) offer(sample, `/user/${index % 500}`, 1.5 ** (index % 27));
  const kept = sample.list();
  assert.ok(kept.length <= 1000, `${kept.length}`);
  assert.ok(Math.abs(weightOf(kept) - 60_000) < 1e-3, `${weightOf(kept)}`);
});

test("samples of several threads together give the shares of all requests, within 12 points on 19 of 20 seeds", () => {
  let within = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const random = chance(seed);
    // One thread saw ten times as many requests as the other, and failed three times as often.
    const [busy, idle] = [new RequestSample(random), new RequestSample(random)];
    for (let index = 0; index < 10_000; index++) offer(busy, "/a", 1.5, random() < 0.3 ? 500 : 200);
    for (let index = 0; index < 1000; index++) offer(idle, "/a", 1.5, random() < 0.1 ? 500 : 200);
    idle.addSnapshot(busy.snapshot());
    const kept = idle.list();
    assert.ok(Math.abs(weightOf(kept) - 11_000) < 1e-6);
    assert.equal(kept.length, 128);
    const failed = weightOf(kept.filter(({ status }) => status === 500)) / 11_000;
    if (Math.abs(failed - (0.3 * 10_000 + 0.1 * 1000) / 11_000) < 0.12) within++;
  }
  assert.ok(within >= 19, `${within} of 20`);
});

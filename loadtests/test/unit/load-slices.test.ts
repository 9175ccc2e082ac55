/** What falls to each of several threads adds up to the whole load. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readScriptOptions } from "../../src/engine/embedded/options/script-options.js";
import { ArrivalTimetable } from "../../src/engine/embedded/run/arrival-timetable.js";
import { IterationNumbers } from "../../src/engine/embedded/run/iteration-numbers.js";
import {
  type LoadSlice,
  refuseTooManyThreads,
  scenarioShares,
} from "../../src/engine/embedded/run/load-slice.js";
import { Vacancies, vacanciesBytes } from "../../src/engine/embedded/run/vacancies.js";

const slices = (count: number): LoadSlice[] =>
  Array.from({ length: count }, (_, index) => ({ index, count }));
const scenariosOf = (scenarios: Record<string, unknown>) =>
  readScriptOptions({ scenarios }, {}, new Set(["default"])).scenarios;

const STAGES = [
  { durationMs: 700, target: 40 },
  { durationMs: 0, target: 10 },
  { durationMs: 900, target: 90 },
];

for (const startRate of [0, 25]) {
  test(`threads share one timetable that begins at ${startRate} a second: together they keep each of its times`, () => {
    const times = (slice?: LoadSlice): number[] => {
      const timetable = new ArrivalTimetable(startRate, STAGES, 1000, "even", () => Number.NaN, slice);
      const all: number[] = [];
      for (let at = timetable.next(); at !== null; at = timetable.next()) all.push(at);
      return all;
    };
    for (const count of [1, 2, 3, 7]) {
      const shares = slices(count).map(times);
      assert.deepEqual(
        shares.flat().sort((a, b) => a - b),
        times(),
      );
      const sizes = shares.map(({ length }) => length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${sizes}`);
    }
  });
}

test("independent arrivals of several threads add up to the whole rate", () => {
  const stages = [{ durationMs: 100_000, target: 100 }];
  const counts = slices(4).map((slice) => {
    const timetable = new ArrivalTimetable(100, stages, 1000, "poisson", Math.random, slice);
    let count = 0;
    while (timetable.next() !== null) count++;
    return count;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  // Ten standard deviations of a Poisson count of 10,000.
  assert.ok(Math.abs(total - 10_000) < 1000, `${counts}`);
});

test("virtual users fall to the threads in turn, and small scenarios not all to the first one", () => {
  const one = { executor: "constant-vus", vus: 1, duration: "1s" };
  const scenarios = scenariosOf({
    ...{ a: one, b: one, c: one },
    d: { executor: "per-vu-iterations", vus: 8, iterations: 2 },
  });
  const users = slices(3).map((slice) => scenarioShares(scenarios, slice).map((share) => share.users));
  assert.deepEqual(users, [
    [1, 0, 0, 3],
    [0, 1, 0, 3],
    [0, 0, 1, 2],
  ]);
});

test("each thread has a virtual user for its arrivals, and together they have no more than maxVUs", () => {
  const scenarios = scenariosOf({
    a: { executor: "constant-arrival-rate", rate: 1, duration: "1s", preAllocatedVUs: 1, maxVUs: 4 },
  });
  const shares = slices(3).map((slice) => scenarioShares(scenarios, slice)[0]?.options);
  assert.deepEqual(
    shares.map((options) =>
      options !== undefined && "maxVus" in options ? [options.preAllocatedVus, options.maxVus] : [],
    ),
    [
      [1, 2],
      [1, 1],
      [1, 1],
    ],
  );
  refuseTooManyThreads(scenarios, 4);
  assert.throws(
    () => refuseTooManyThreads(scenarios, 5),
    /the scenario a has arrivals for every thread and 4 virtual users at most, fewer than the 5 threads/,
  );
});

test("numbers of iterations are handed out once each, up to the limit", () => {
  const memory = new SharedArrayBuffer(8);
  const [one, other] = [new IterationNumbers(memory, 1), new IterationNumbers(memory, 1)];
  assert.deepEqual([one.takeBelow(3), other.take(), one.takeBelow(3), other.takeBelow(3)], [0, 1, 2, null]);
  assert.deepEqual([one.takeRest(10), other.takeRest(10), other.takeBelow(10), one.taken], [7, 0, null, 10]);
  assert.equal(new IterationNumbers(memory, 0).taken, 0);
});

test("a vacancy is taken once, from the thread itself or the next one that has any", () => {
  const memory = new SharedArrayBuffer(vacanciesBytes(2, 3));
  const [first, second, third] = slices(3).map((slice) => new Vacancies(memory, 1, slice));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  first.offer(1);
  third.offer(2);
  assert.deepEqual([first.takeOwn(), first.takeOwn()], [true, false]);
  assert.deepEqual([first.takeElsewhere(), second.takeElsewhere(), first.takeElsewhere()], [2, 2, null]);
  assert.equal(new Vacancies(memory, 0, { index: 0, count: 3 }).takeElsewhere(), null, "another scenario's");
});

test("a thread goes on offering as long as one of its free users is promised to another, then nothing", () => {
  const memory = new SharedArrayBuffer(vacanciesBytes(1, 2));
  const [own, other] = slices(2).map((slice) => new Vacancies(memory, 0, slice));
  assert.ok(own !== undefined && other !== undefined);
  own.offer(2);
  assert.equal(other.takeElsewhere(), 0);
  assert.equal(own.closeUnlessPromised(2), false);
  own.offer(1);
  assert.equal(own.closeUnlessPromised(2), true);
  own.offer(2);
  assert.deepEqual([own.takeOwn(), other.takeElsewhere(), own.close()], [false, null, null]);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArrivalTimetable } from "../../src/engine/embedded/run/arrival-timetable.js";

function all(timetable: ArrivalTimetable): number[] {
  const times: number[] = [];
  for (let at = timetable.next(); at !== null; at = timetable.next()) times.push(at);
  return times;
}

const never = () => Number.NaN;

describe("the timetable of arrivals", () => {
  it("is even at a constant rate, and begins at once", () => {
    const times = all(new ArrivalTimetable(10, [{ durationMs: 1000, target: 10 }], 1000, "even", never));
    assert.deepEqual(times.map(Math.round), [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  it("counts by the time unit", () => {
    const times = all(new ArrivalTimetable(60, [{ durationMs: 3000, target: 60 }], 60_000, "even", never));
    assert.deepEqual(times.map(Math.round), [0, 1000, 2000]);
  });

  it("ramps: the integral of the rate says how many have come by any moment", () => {
    const times = all(new ArrivalTimetable(0, [{ durationMs: 2000, target: 100 }], 1000, "even", never));
    assert.equal(times.length, 99);
    times.forEach((at, index) => {
      assert.ok(Math.abs((100 / 2 / 2) * (at / 1000) ** 2 - (index + 1)) < 1e-6);
    });
  });

  it("jumps where a stage has no duration", () => {
    const stages = [
      { durationMs: 1000, target: 0 },
      { durationMs: 0, target: 50 },
      { durationMs: 1000, target: 50 },
    ];
    const times = all(new ArrivalTimetable(0, stages, 1000, "even", never));
    assert.ok(times.every((at) => at >= 1000));
    assert.ok(Math.abs(times.length - 50) <= 1);
  });

  it("has Poisson gaps of the asked mean and as much spread", () => {
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const times = all(
      new ArrivalTimetable(1000, [{ durationMs: 20_000, target: 1000 }], 1000, "poisson", random),
    );
    assert.ok(Math.abs(times.length - 20_000) < 4 * Math.sqrt(20_000), `${times.length} arrivals`);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    assert.ok(Math.abs(deviation / mean - 1) < 0.05, `spread ${deviation / mean} of the mean`);
  });
});

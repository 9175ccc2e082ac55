import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLoopDelayRecorder } from "../../src/eventloop/event-loop-delay";

test("an idle second counts a thousand times, with no delay", () => {
  const recorder = new EventLoopDelayRecorder();
  for (let beat = 0; beat < 50; beat++) recorder.recordGap({ gapMs: 20, lateMs: 0.6, activeMs: 0.1 });
  const window = recorder.takeWindow();
  assert.ok(Math.abs(window.count - 1000) < 1e-6);
  assert.equal(window.max, 0);
});

test("a block of 200 ms weighs 200 ms, with delays uniform up to 200", () => {
  const recorder = new EventLoopDelayRecorder();
  recorder.recordGap({ gapMs: 210, lateMs: 190, activeMs: 200 });
  const window = recorder.takeWindow();
  assert.ok(Math.abs(window.count - 210) < 1e-6);
  assert.ok(Math.abs(window.quantile(1 - 100 / 210) - 100_000) < 5_000, `${window.quantile(1 - 100 / 210)}`);
  assert.ok(window.max > 195_000 && window.max <= 200_000);
});

test("taking a window leaves the cumulative histogram alone and starts afresh", () => {
  const recorder = new EventLoopDelayRecorder();
  recorder.recordGap({ gapMs: 20, lateMs: 0, activeMs: 1 });
  recorder.takeWindow();
  assert.equal(recorder.takeWindow().count, 0);
  assert.ok(Math.abs(recorder.cumulative.count - 20) < 1e-6);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { withTotalFailure } from "../../src/cli/build-run-document.js";
import { ConsoleRelay } from "../../src/cli/console-relay.js";
import { LiveProgress } from "../../src/cli/live-progress.js";
import { decideOutcome } from "../../src/cli/run-outcome.js";
import type { EngineOutcome } from "../../src/engine/engine.js";
import type { ThresholdResult } from "../../src/report/run-document.js";

const HOLDS: ThresholdResult = {
  metric: "http_reqs",
  expression: "count>0",
  actual: 1,
  ok: true,
  abortOnFail: false,
  note: null,
};
const FAILS: ThresholdResult = { ...HOLDS, ok: false };
const TRUSTED = { ok: true, reasons: [] };
const DOUBTED = { ok: false, reasons: ["the generator was busy"] };
const COMPLETED: EngineOutcome = { kind: "completed" };

/** How it ended, the threshold, trust, --strict, the exit code. */
const TRUTHS: readonly (readonly [
  EngineOutcome,
  ThresholdResult,
  typeof DOUBTED | typeof TRUSTED,
  boolean,
  number,
])[] = [
  [COMPLETED, HOLDS, TRUSTED, false, 0],
  [COMPLETED, HOLDS, TRUSTED, true, 0],
  [COMPLETED, HOLDS, DOUBTED, false, 0],
  [COMPLETED, HOLDS, DOUBTED, true, 122],
  [COMPLETED, FAILS, DOUBTED, true, 99],
  [{ kind: "aborted", reason: "threshold" }, FAILS, TRUSTED, false, 99],
  [{ kind: "aborted", reason: "interrupted" }, FAILS, TRUSTED, true, 105],
  [{ kind: "aborted", reason: "target-died" }, FAILS, TRUSTED, false, 120],
  [{ kind: "setup-timeout", message: "m" }, FAILS, TRUSTED, false, 100],
  [{ kind: "teardown-timeout", message: "m" }, FAILS, TRUSTED, false, 101],
  [{ kind: "script-error", message: "m" }, HOLDS, TRUSTED, false, 107],
  [{ kind: "test-aborted", message: "m" }, HOLDS, TRUSTED, false, 108],
  [{ kind: "test-failed", message: "m" }, HOLDS, TRUSTED, false, 110],
];

test("how a run ended comes before its thresholds, and thresholds before trust", () => {
  for (const [outcome, threshold, trust, strict, exitCode] of TRUTHS) {
    const decided = decideOutcome({ outcome }, [threshold], trust, strict);
    assert.equal(
      decided.exitCode,
      exitCode,
      `${JSON.stringify(outcome)} ${threshold.ok} ${trust.ok} ${strict}`,
    );
  }
});

test("a script that threw in every iteration fails; one that did not in all is judged by its thresholds", () => {
  const codeOf = (completed: number, threw: number): number =>
    decideOutcome({ outcome: COMPLETED, iterations: { completed, threw } }, [HOLDS], TRUSTED, false).exitCode;
  assert.deepEqual([codeOf(3, 3), codeOf(3, 2), codeOf(0, 0)], [107, 0, 0]);
});

test("a load of which not one request succeeded gains a threshold that says so", () => {
  const requests = { started: 10, completed: 10, failed: 10, timedOut: 0, dropped: 0, unfinished: 0 };
  assert.equal(withTotalFailure([HOLDS], requests, true).at(-1)?.note, "not one request succeeded");
  const allTimedOut = { ...requests, completed: 0, failed: 10, timedOut: 10 };
  assert.equal(withTotalFailure([], allTimedOut, true).length, 1);
  const oneAnswered = { ...requests, failed: 9 };
  assert.deepEqual(withTotalFailure([HOLDS], oneAnswered, true), [HOLDS]);
  const nothingSent = { ...requests, started: 0, completed: 0, failed: 0 };
  assert.deepEqual(withTotalFailure([], nothingSent, true), []);
  const allUnfinished = { ...requests, completed: 0, failed: 0, unfinished: 10 };
  assert.equal(withTotalFailure([HOLDS], allUnfinished, true).at(-1)?.ok, false);
  assert.deepEqual(withTotalFailure([HOLDS], allUnfinished, false), [HOLDS], "ended before its time");
});

test("a console line that comes a thousand times is shown three times and counted", () => {
  const said: string[] = [];
  const relay = new ConsoleRelay((line) => said.push(line));
  relay.relay("info", "hello");
  for (let times = 0; times < 1000; times++) relay.relay("error", "boo");
  relay.close();
  assert.deepEqual(said, [
    "hello",
    "error: boo",
    "error: boo",
    "error: boo",
    "  (said again: further repetitions are counted, not shown)",
    "1000 times in all: error: boo",
  ]);
});

const STATE = {
  name: "users",
  phase: "load",
  elapsedSeconds: 3,
  plannedSeconds: 10,
  client: null,
  totals: { started: 0, failed: 0, dropped: 0 },
  frame: null,
  blockCount: 0,
  recentBlocks: [],
  failingThresholds: [],
};

test("on a terminal the progress is redrawn in place, lines that stay go above it, and none is left at the end", () => {
  const written: string[] = [];
  const output = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  const progress = new LiveProgress(output, () => STATE, false, false);
  progress.draw();
  assert.match(written.join(""), /^users {2}load .* 0:03 \/ 0:10\n$/);
  written.length = 0;
  progress.say("a line that stays");
  assert.equal(written.join(""), "\r\u001b[1A\u001b[2K\n\u001b[1Aa line that stays\n");
  progress.draw();
  written.length = 0;
  progress.close();
  assert.equal(written.join(""), "\r\u001b[1A\u001b[2K\n\u001b[1A");
});

test("in a pipe each redraw is one plain line, and --quiet shows none but what is said", () => {
  for (const quiet of [false, true]) {
    const written: string[] = [];
    const progress = new LiveProgress(
      { write: (text: string) => written.push(text) },
      () => STATE,
      quiet,
      false,
    );
    progress.draw();
    progress.say("said");
    progress.close();
    assert.deepEqual(written, quiet ? ["said\n"] : ["users load 0:03/0:10\n", "said\n"]);
  }
});

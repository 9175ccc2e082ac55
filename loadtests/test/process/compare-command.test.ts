import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { listenOnLoopback } from "./listen-on-loopback.js";
import { fixture, loopscope, workFolder } from "./loopscope-command.js";

/** A server whose every answer takes at least this long. */
async function serve(t: { after(fn: () => void): void }, delayMs: number): Promise<string> {
  const server = createServer((_, response) => setTimeout(() => response.end("ok"), delayMs));
  return await listenOnLoopback(t, server);
}

test("--ab loads two targets in turn and exits 121 when head is slower", { timeout: 120_000 }, async (t) => {
  const [base, head] = [await serve(t, 10), await serve(t, 40)];
  const load = ["--ab", "--rounds", "10", "-d", "400ms", "-c", "4"];
  const end = await loopscope(workFolder(t), ["compare", ...load, "--json", base, head]);
  assert.equal(end.code, 121, end.stderr);
  const { comparisons, regression } = JSON.parse(end.stdout) as {
    regression: boolean;
    comparisons: { metric: string; verdict: string; estimate: { ratio: number; pairs: number } | null }[];
  };
  assert.equal(regression, true);
  const verdicts = Object.fromEntries(comparisons.map(({ metric, verdict }) => [metric, verdict]));
  assert.equal(verdicts["latency p50"], "worse");
  assert.equal(verdicts.throughput, "worse");
  assert.equal(verdicts["failed requests"], "same");
  assert.equal(comparisons.find(({ metric }) => metric === "latency p50")?.estimate?.pairs, 10);
});

test("two recorded runs are compared, with a word on what one run a side cannot say", async (t) => {
  const folder = workFolder(t);
  const [base, head] = [await serve(t, 10), await serve(t, 40)];
  for (const url of [base, head]) {
    const end = await loopscope(folder, ["bench", "-q", "-c", "4", "-d", "11", "--name", "run", url]);
    assert.equal(end.code, 0, end.stderr);
  }
  const [first = "", second = ""] = readdirSync(path.join(folder, "runs")).sort();
  const runs = [path.join("runs", first), path.join("runs", second)];
  const summary = path.join(folder, "step-summary.md");
  const environment = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
  const worse = await loopscope(folder, ["compare", "--out", "compared", ...runs], { environment });
  assert.equal(worse.code, 121, worse.stderr + worse.stdout);
  assert.match(worse.stdout, /REGRESSION: head is worse than base/);
  assert.match(worse.stdout, /^::error title=latency p50 is worse::base 1/m);
  assert.match(readFileSync(summary, "utf8"), /^## ❌ REGRESSION: head is worse than base\n/);
  assert.deepEqual(readdirSync(path.join(folder, "compared")).sort(), [
    "comparison.json",
    "junit.xml",
    "summary.md",
  ]);
  assert.match(worse.stdout, /one run a side/);
  const better = await loopscope(folder, ["compare", ...runs.toReversed()]);
  assert.equal(better.code, 0);
  assert.match(better.stdout, /latency p50 .* better/);
  const same = await loopscope(folder, ["compare", runs[0] ?? "", runs[0] ?? ""]);
  assert.equal(same.code, 0);
  assert.ok(!/worse|better/.test(same.stdout), same.stdout);
});

test("what cannot be compared is refused in one sentence", async (t) => {
  const folder = workFolder(t);
  const missing = await loopscope(folder, ["compare", "a", "b"]);
  assert.deepEqual([missing.code, missing.stdout], [104, ""]);
  assert.match(missing.stderr, /no recorded run can be read from a/);
  const stray = await loopscope(folder, ["compare", "--rounds", "6", "a", "b"]);
  assert.match(stray.stderr, /--rounds is for --ab/);
  const few = await loopscope(folder, [
    "compare",
    "--ab",
    "--rounds",
    "5",
    "http://127.0.0.1:9",
    "http://127.0.0.1:9",
  ]);
  assert.match(few.stderr, /--rounds must be a whole number from 6 to 1000, got "5"/);
});

test("sweep measures each level, fits the law and names the knee", { timeout: 120_000 }, async (t) => {
  const url = await serve(t, 5);
  const levels = ["-c", "1,2,4,6,8,10", "-d", "500ms"];
  const end = await loopscope(workFolder(t), ["sweep", ...levels, "--json", url]);
  assert.equal(end.code, 0, end.stderr);
  const { levels: measured, fit } = JSON.parse(end.stdout) as {
    levels: { connections: number; concurrency: number; throughput: number }[];
    fit: { lambda: number; contention: number };
  };
  assert.deepEqual(
    measured.map(({ connections }) => connections),
    [1, 2, 4, 6, 8, 10],
  );
  for (const { connections, concurrency } of measured) {
    assert.ok(
      Math.abs(concurrency - connections) < 0.3 * connections,
      `${concurrency} in flight on ${connections}`,
    );
  }
  // Each answer waits 5 ms by a timer: one at a time makes at most 200 a second.
  assert.ok(fit.lambda > 60 && fit.lambda < 260, `lambda ${fit.lambda}`);
  const few = await loopscope(workFolder(t), ["sweep", "-c", "1,2,3", url]);
  assert.equal(few.code, 104);
  assert.match(few.stderr, /must name at least 6 levels/);
});

test("sweep runs a script with as many virtual users as each level says", { timeout: 120_000 }, async (t) => {
  const url = await serve(t, 5);
  const levels = ["-c", "1,2,4,6,8,10", "-d", "500ms", "-e", `BASE_URL=${url}`];
  const script = fixture("within-limits.js");
  const end = await loopscope(workFolder(t), ["sweep", ...levels, script]);
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.stdout, /10 virtual users .* 0 failed/);
  assert.match(end.stdout, /^knee: /m);
  const wrong = await loopscope(workFolder(t), ["sweep", ...levels, "-m", "POST", script]);
  assert.equal(wrong.code, 104);
  assert.match(wrong.stderr, /--method is for a URL/);
});

/** One load, spread over several threads: what it does and what is measured is what one thread would have done. */

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import { type FinishedRun, fixturePath, runScript, startFixture } from "./embedded-runs.js";
import { PlaygroundScripts } from "./playground-scripts.js";

const playground = new PlaygroundScripts();
const script = playground.write;

const figureOf = ({ result }: FinishedRun, metric: string, key: string): number =>
  result.metrics.find(({ name, tags }) => name === metric && Object.keys(tags).length === 0)?.values[key] ??
  0;

/** What each iteration said of itself: `info: number VU`. */
const said = ({ lines }: FinishedRun): number[][] =>
  lines.filter((line) => /^info: \d+ \d+$/.test(line)).map((line) => line.slice(6).split(" ").map(Number));

/** Iterations whose number does not depend on how fast the machine is. */
const EXECUTORS: readonly { scenario: string; iterations: number; seconds: number; users: number }[] = [
  {
    scenario: `executor: "shared-iterations", vus: 7, iterations: 100`,
    iterations: 100,
    seconds: 0,
    users: 7,
  },
  { scenario: `executor: "per-vu-iterations", vus: 7, iterations: 9`, iterations: 63, seconds: 0, users: 7 },
  { scenario: `executor: "constant-vus", vus: 5, duration: "1s"`, iterations: 10, seconds: 0.7, users: 5 },
  {
    scenario: `executor: "ramping-vus", startVUs: 0, gracefulRampDown: "5s", stages: [
      { duration: "1600ms", target: 4 }, { duration: "800ms", target: 4 }]`,
    ...{ iterations: 8, seconds: 0.9, users: 4 },
  },
  {
    scenario: `executor: "constant-arrival-rate", rate: 100, duration: "1s", preAllocatedVUs: 60`,
    ...{ iterations: 100, seconds: 0.1, users: 60 },
  },
  {
    scenario: `executor: "ramping-arrival-rate", startRate: 20, preAllocatedVUs: 60, stages: [
      { duration: "1s", target: 100 }]`,
    ...{ iterations: 60, seconds: 0.1, users: 60 },
  },
];

describe("a load that is spread over threads", () => {
  let env: Record<string, string>;
  before(() => {
    env = playground.env;
  });

  for (const { scenario, iterations, seconds, users } of EXECUTORS) {
    const name = /executor: "([^"]+)"/.exec(scenario)?.[1];
    it(`runs ${iterations} iterations of ${name} with one thread and with three, each numbered once`, async () => {
      const file = script(`
        export const options = { scenarios: { a: { ${scenario} } } };
        export default function () {
          check(http.get(\`\${__ENV.BASE}/echo\`), { ok: (r) => r.status === 200, one: () => __VU === exec.vu.idInTest });
          console.log(\`\${exec.scenario.iterationInTest} \${__VU}\`);
          sleep(${seconds});
        }`);
      for (const threads of [1, 3]) {
        const run = await runScript(file, { env, threads });
        const { result } = run;
        assert.deepEqual(result.outcome, { kind: "completed" });
        const { started, completed, failed, dropped, unfinished } = result.requests;
        assert.deepEqual([started, completed, failed, unfinished], [iterations, iterations, 0, 0]);
        assert.equal(dropped, 0);
        assert.deepEqual(result.iterations, { completed: iterations, threw: 0 });
        assert.equal(figureOf(run, "iterations", "count"), iterations);
        assert.equal(figureOf(run, "http_reqs", "count"), iterations);
        assert.equal(figureOf(run, "vus_max", "value"), users);
        assert.equal(result.latency.count, iterations);
        assert.deepEqual(
          result.checks.map(({ passes, fails }) => [passes, fails]),
          [
            [iterations, 0],
            [iterations, 0],
          ],
        );
        const numbers = said(run).map(([number]) => number as number);
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          Array.from({ length: iterations }, (_, index) => index),
        );
        const ids = new Set(said(run).map(([, user]) => user as number));
        assert.ok(
          Math.max(...ids) <= users,
          `${users} virtual users have the numbers from 1 on: ${[...ids]}`,
        );
        if (!name?.includes("arrival") && name !== "shared-iterations") assert.equal(ids.size, users);
        assert.equal(
          run.intervals.reduce((sum, one) => sum + one.started, 0),
          iterations,
        );
      }
    });
  }

  it("counts what maxDuration left undone once, in all threads together", async () => {
    const file = script(`
      export const options = { scenarios: {
        shared: { executor: "shared-iterations", vus: 5, iterations: 60, maxDuration: "500ms" },
        own: { executor: "per-vu-iterations", vus: 5, iterations: 12, maxDuration: "500ms" } } };
      export default function () { sleep(0.15); }`);
    const { result } = await runScript(file, { env, threads: 3 });
    assert.equal((result.iterations?.completed ?? 0) + result.requests.dropped, 120);
    assert.ok(result.requests.dropped > 60, `${result.requests.dropped} dropped`);
  });

  it("hands an arrival to a thread with a free virtual user when all of its own are busy", async () => {
    // Every other arrival falls to the thread of the odd virtual users, which are busy with their first for good.
    const file = script(`
      export const options = {
        scenarios: { a: { executor: "constant-arrival-rate", rate: 20, duration: "1s", preAllocatedVUs: 6, gracefulStop: "3s" } },
      };
      export default function () {
        sleep(__VU % 2 === 1 ? 2 : 0.01);
        console.log(__VU);
      }`);
    const { result } = await runScript(file, { threads: 2 });
    assert.equal(result.requests.dropped, 0);
    assert.equal(result.iterations?.completed, 20);
    assert.equal(result.scheduleSlip.count, 20, "each counts as late as it was");
  });

  it("drops an arrival when the virtual users of all threads are busy, and counts it once", async () => {
    const file = script(`
      export const options = {
        scenarios: { a: { executor: "constant-arrival-rate", rate: 40, duration: "1s", preAllocatedVUs: 6, gracefulStop: "3s" } },
      };
      export default function () { sleep(2); }`);
    const { result } = await runScript(file, { threads: 3 });
    assert.equal(result.requests.dropped, 34);
    assert.equal(result.iterations?.completed, 6);
  });

  it("works with more threads than virtual users", async () => {
    const file = script(`
      export const options = { scenarios: {
        a: { executor: "shared-iterations", vus: 1, iterations: 5 }, b: { executor: "constant-vus", vus: 1, duration: "300ms" },
        c: { executor: "ramping-vus", startVUs: 1, stages: [{ duration: "300ms", target: 1 }] } } };
      export default function () { console.log(\`\${__ITER} \${__VU}\`); sleep(0.2); }`);
    const run = await runScript(file, { env, threads: 4 });
    assert.equal(run.result.iterations?.completed, 9);
    assert.deepEqual([...new Set(said(run).map(([, user]) => user))].sort(), [1, 2, 3]);
  });

  it("calls setup, teardown and handleSummary once; setup's data reaches every thread, as JSON", async () => {
    const file = script(`
      import { Counter, Gauge, Rate, Trend } from "k6/metrics";
      const [sent, level, good, took] = [new Counter("sent"), new Gauge("level"), new Rate("good"), new Trend("took")];
      export const options = { vus: 6, iterations: 60, summaryTrendStats: ["min", "max", "count"], thresholds: { "took{half:upper}": ["min>=30"] } };
      export function setup() { console.log("set up"); return { token: "abc", when: new Date(0) }; }
      export default function (data) {
        check(data, { data: ({ token, when }) => token === "abc" && when === "1970-01-01T00:00:00.000Z" });
        const number = exec.scenario.iterationInTest;
        sent.add(2); level.add(number); good.add(number % 2 === 0); took.add(number, { half: number < 30 ? "lower" : "upper" });
      }
      export function teardown(data) { console.log(\`torn down \${data.token}\`); }
      export function handleSummary({ metrics, setup_data, root_group }) {
        const { values: upper } = metrics["took{half:upper}"];
        return { stdout: JSON.stringify({
          sent: metrics.sent.values.count, took: metrics.took.values, upper, good: metrics.good.values,
          most: metrics.level.values.max, token: setup_data.token, passes: root_group.checks[0].passes }) };
      }`);
    const { result, lines } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(lines, ["info: set up", "info: torn down abc"]);
    assert.deepEqual(JSON.parse(result.customSummary?.stdout ?? ""), {
      sent: 120,
      took: { min: 0, max: 59, count: 60 },
      upper: { min: 30, max: 59, count: 30 },
      good: { rate: 0.5, passes: 30, fails: 30 },
      most: 59,
      token: "abc",
      passes: 60,
    });
  });

  it("tells the script of all threads by exec.instance", async () => {
    const file = script(`
      export const options = { scenarios: {
        a: { executor: "per-vu-iterations", vus: 6, iterations: 1 },
        late: { executor: "per-vu-iterations", vus: 1, startTime: "500ms", exec: "late" } } };
      export default function () { sleep(0.1); }
      export function late() { const i = exec.instance; check(i, { all: () => i.iterationsCompleted === 6 && i.vusInitialized >= 6 && i.vusActive === 1 }); }`);
    const { result } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(
      result.checks.map(({ passes, fails }) => [passes, fails]),
      [[1, 0]],
    );
  });

  it("says how busy each thread was, second by second; one that has ended is idle", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 2, iterations: 1 } } };
      export default function () {
        if (__VU === 1) for (const until = Date.now() + 1500; Date.now() < until; ) Math.sqrt(2);
        else sleep(3.5);
      }`);
    const { intervals } = await runScript(file, { env, threads: 2 });
    const busiest = Math.max(...intervals.map(({ threadUtilizations }) => threadUtilizations?.[0] ?? 0));
    assert.ok(busiest > 0.9, `${busiest}`);
    assert.deepEqual(intervals[2]?.threadUtilizations?.[0], 0);
    assert.ok(intervals.every(({ threadUtilizations }) => (threadUtilizations?.[1] ?? 1) < 0.9));
  });

  it("keeps options.rps over all threads", async () => {
    const file = script(`
      export const options = { vus: 6, duration: "1s", rps: 20 };
      export default function () { http.get(\`\${__ENV.BASE}/echo\`); }`);
    const { result } = await runScript(file, { env, threads: 3 });
    const { completed } = result.requests;
    assert.ok(
      completed >= 10 && completed <= 27,
      `${completed} requests in a second, and those that had their turn`,
    );
  });

  it("agrees with the server's own log under a stall of 200 ms each second, and never says less", async () => {
    const attempts: string[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const { reportedMs, truthMs, slipMs } = await runAgainstStall();
      const ratios = reportedMs.map((reported, index) => reported / (truthMs[index] ?? Number.NaN));
      const shown = `p90 and p99: ${reportedMs} ms, the server says ${truthMs} ms`;
      assert.ok(
        ratios.every((ratio) => ratio > 0.98),
        shown,
      );
      if (ratios.every((ratio) => ratio < 1.02)) return;
      // A generator that was itself held up says so; only a punctual one is held to the log.
      if (slipMs < 3) attempts.push(shown);
    }
    assert.deepEqual(attempts, []);
  });
});

/** Milliseconds, p90 and p99; everything sent must have been served and recorded, however busy the machine is. */
async function runAgainstStall() {
  const server = await startFixture("stalling-server.mjs");
  const env = { BASE: server.url, RATE: "613", DURATION: "6s", VUS: "400" };
  const { result, intervals } = await runScript(fixturePath("one-get.js"), { env, threads: 3 });
  const log = (await (await fetch(`${server.url}/log`)).json()) as number[];
  await server.stop();
  assert.equal(result.requests.completed, log.length, "recorded is what was served");
  assert.equal(
    intervals.reduce((sum, { latency }) => sum + latency.count, 0),
    log.length,
  );
  const latency = histogramFromSnapshot(result.latency);
  return {
    truthMs: [0.9, 0.99].map((rank) => log[Math.ceil(rank * log.length) - 1] ?? Number.NaN),
    reportedMs: [0.9, 0.99].map((rank) => latency.quantile(rank) / 1000),
    slipMs: histogramFromSnapshot(result.scheduleSlip).quantile(0.99) / 1000,
  };
}

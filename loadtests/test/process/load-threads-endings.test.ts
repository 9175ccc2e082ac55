/** However a load that is spread over threads ends, all of them end, and what was recorded is kept. */

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type FinishedRun, runScript } from "./embedded-runs.js";
import { PlaygroundScripts } from "./playground-scripts.js";

const playground = new PlaygroundScripts();
const script = playground.write;

const messageOf = ({ result: { outcome } }: FinishedRun): string =>
  "message" in outcome ? outcome.message : "";

describe("a load that is spread over threads ends", () => {
  let env: Record<string, string>;
  before(() => {
    env = playground.env;
  });

  it("at test.abort() in any of them, keeping what was recorded and running teardown once", async () => {
    const file = script(`
      export const options = { vus: 3, duration: "30s" };
      export default function () { http.get(\`\${__ENV.BASE}/echo\`); if (__VU === 2 && __ITER === 3) exec.test.abort("enough"); }
      export function teardown() { console.log("torn down"); }`);
    const { result, lines } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(result.outcome, { kind: "test-aborted", message: "test aborted: enough" });
    assert.ok(result.requests.completed >= 4);
    assert.deepEqual(lines, ["info: torn down"]);
    assert.ok(result.endedAt - result.startedAt < 10_000);
  });

  it("to its end after exec.test.fail() in any of them, and is marked as failed", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 3, iterations: 2 } } };
      export default function () { if (__VU === 3) exec.test.fail("wrong"); }`);
    const { result } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(result.outcome, { kind: "test-failed", message: "test marked as failed: wrong" });
    assert.equal(result.iterations?.completed, 6);
  });

  it("with errors in iterations: each is told with its place and counted", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "per-vu-iterations", vus: 6, iterations: 2 } } };
      export default function () {\n  const user: any = null;\n  user.name;\n}`);
    const { result, lines } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(result.iterations, { completed: 12, threw: 12 });
    assert.equal(lines.length, 12);
    assert.match(lines[0] ?? "", new RegExp(`^error: TypeError: .*\\n.*${file}:8:8`));
  });

  it("when setup throws: nothing is run, and the outcome says where it threw", async () => {
    const file = script(
      `export function setup() { throw new Error("no database"); }\nexport default function () { http.get(__ENV.BASE); }`,
    );
    const run = await runScript(file, { env, threads: 3 });
    assert.equal(run.result.outcome.kind, "script-error");
    assert.match(messageOf(run), new RegExp(`setup\\(\\): Error: no database\\n.*${file}:4:`));
    assert.equal(run.result.requests.started, 0);
  });

  it("when the init code throws for one of the virtual users", async () => {
    const file = script(
      `if (__VU === 2) throw new Error("no second one");\nexport const options = { vus: 3, duration: "30s" };\nexport default function () {}`,
    );
    const run = await runScript(file, { env, threads: 3 });
    assert.equal(run.result.outcome.kind, "script-error");
    assert.match(messageOf(run), new RegExp(`Error: no second one\\n.*${file}:4:`));
    assert.equal(run.result.iterations?.completed, 0);
  });

  it("when one thread breaks: the others end too, and the sentence names it", async () => {
    const file = script(`
      export const options = { vus: 3, duration: "30s" };
      export default function () {
        http.get(\`\${__ENV.BASE}/echo\`);
        if (__VU === 2 && __ITER === 5) queueMicrotask(() => { throw new Error("broken"); });
      }`);
    const run = await runScript(file, { env, threads: 3 });
    assert.deepEqual(run.result.outcome, {
      kind: "script-error",
      message: "thread 2 of 3 ended before its load: broken",
    });
    assert.ok(run.result.requests.completed > 0, "what the others recorded is kept");
    assert.ok(run.result.endedAt - run.result.startedAt < 10_000);
  });

  it("when a loop in one of them never ends: it is broken off with its place", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "constant-vus", vus: 3, duration: "300ms", gracefulStop: "100ms" } } };
      export default function () {
        if (__VU === 2) {
          for (;;) Math.sqrt(2);
        }
        sleep(0.05);
      }`);
    const run = await runScript(file, { env, threads: 3 });
    assert.equal(run.result.outcome.kind, "script-error");
    assert.match(messageOf(run), new RegExp(`^${file}:8:.* ever waiting`));
    assert.ok((run.result.iterations?.completed ?? 0) >= 4, "the other threads went on");
  });

  it("soon after it is aborted, while a loop in one of them never ends", async () => {
    const file = script(`
      export const options = { vus: 3, duration: "60s" };
      export default function () {
        http.get(\`\${__ENV.BASE}/echo\`);
        while (__VU === 2) Math.sqrt(2);
        sleep(0.05);
      }`);
    const onStart = (abort: (reason: "threshold") => void) => setTimeout(() => abort("threshold"), 1000);
    const { result } = await runScript(file, { env, threads: 3, onStart });
    assert.deepEqual(result.outcome, { kind: "aborted", reason: "threshold" });
    assert.ok(result.requests.completed >= 4);
    assert.equal(result.requests.started, result.latency.count, "its own one request is kept, too");
    assert.ok(result.endedAt - result.startedAt < 10_000);
  });

  it("when two of them make a metric of one name and different types", async () => {
    const file = script(`
      import { Counter, Gauge } from "k6/metrics";
      const own = __VU === 1 ? new Counter("mine") : __VU === 2 ? new Gauge("mine") : null;
      export const options = { vus: 2, duration: "30s" };
      export default function () { own?.add(1); sleep(0.05); }`);
    const run = await runScript(file, { env, threads: 2 });
    assert.equal(run.result.outcome.kind, "script-error");
    assert.match(messageOf(run), /metric 'mine' is already a .* and cannot also be a/);
  });

  it("with requests that never end: they are interrupted, and kept as censored samples", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "constant-vus", vus: 3, duration: "300ms", gracefulStop: "200ms" } } };
      export default function () { for (;;) http.get(\`\${__ENV.BASE}/delay/50\`); }`);
    const { result } = await runScript(file, { env, threads: 3 });
    assert.deepEqual(result.outcome, { kind: "completed" });
    const { started, completed, unfinished } = result.requests;
    assert.equal(unfinished, 3);
    assert.equal(started, completed + unfinished);
    assert.equal(result.latency.count, started);
    assert.ok(result.slowest.some(({ censored }) => censored));
  });

  it("with promises that the script let go: their errors are told, and nothing breaks", async () => {
    const file = script(`
      export const options = { scenarios: { a: { executor: "constant-vus", vus: 2, duration: "300ms", gracefulStop: "0s" } } };
      async function loose() { await http.asyncRequest("GET", \`\${__ENV.BASE}/echo\`); throw new Error("let go"); }
      export default function () { loose(); http.asyncRequest("GET", \`\${__ENV.BASE}/delay/5000\`); sleep(0.1); }`);
    const { result, lines } = await runScript(file, { env, threads: 2 });
    assert.deepEqual(result.outcome, { kind: "completed" });
    assert.equal(result.requests.unfinished, 2);
    assert.equal(
      lines.filter((line) => line.startsWith("error: Uncaught (in promise) Error: let go")).length,
      2,
    );
  });

  for (const reason of ["interrupted", "threshold", "target-died"] as const) {
    it(`when it is aborted from outside because of: ${reason}`, async () => {
      const file = script(`
        export const options = { vus: 4, duration: "60s" };
        export default function () { http.get(\`\${__ENV.BASE}/delay/20\`); }`);
      const { result } = await runScript(file, {
        env,
        threads: 2,
        onStart: (abort) => setTimeout(() => abort(reason), 500),
      });
      assert.deepEqual(result.outcome, { kind: "aborted", reason });
      assert.ok(result.requests.completed > 0, "results so far are kept");
      assert.ok(result.endedAt - result.startedAt < 10_000);
    });
  }
});

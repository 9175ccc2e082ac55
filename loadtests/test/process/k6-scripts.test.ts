import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import {
  type FixtureServer,
  fixturePath,
  runScript,
  scriptFolder,
  selectorOf,
  startFixture,
} from "./embedded-runs.js";

/** What each script's run must have recorded: fixed counts only where the script fixes them. */
const COUNTS: Readonly<Record<string, { readonly requests?: number; readonly iterations?: number }>> = {
  "http-verbs": { requests: 24, iterations: 3 },
  "checks-failing": { requests: 2, iterations: 2 },
  "custom-metrics": { requests: 10, iterations: 10 },
  cookies: { requests: 12, iterations: 2 },
  forms: { requests: 5, iterations: 1 },
  batch: { requests: 10, iterations: 2 },
  redirects: { requests: 9, iterations: 1 },
  authentication: { requests: 5, iterations: 1 },
  "tags-groups": { requests: 12, iterations: 4 },
  "setup-teardown": { requests: 6, iterations: 4 },
  websocket: { requests: 0, iterations: 2 },
  timers: { requests: 8, iterations: 2 },
  crypto: { requests: 0, iterations: 1 },
  encoding: { requests: 0, iterations: 1 },
  "shared-array": { requests: 6, iterations: 6 },
  execution: { requests: 0, iterations: 9 },
  "async-requests": { requests: 10, iterations: 2 },
  "url-templates": { requests: 5, iterations: 5 },
  "expected-statuses": { requests: 10, iterations: 2 },
  "response-types": { requests: 7, iterations: 1 },
  classes: { requests: 20, iterations: 2 },
  "local-modules": { requests: 6, iterations: 6 },
  "headers-hosts": { requests: 2, iterations: 2 },
  http2: { requests: 19, iterations: 2 },
  "rps-limit": { requests: 12, iterations: 12 },
};

/** One virtual user serves an arrival rate: refused with more threads, as another test holds. */
const ONE_THREAD_ONLY: ReadonlySet<string> = new Set(["arrival-rate"]);

const scripts = readdirSync(scriptFolder).filter((name) => name.endsWith(".js"));

describe("k6 scripts run unmodified", () => {
  let playground: FixtureServer;
  before(async () => {
    playground = await startFixture("http-playground.mjs");
  });
  after(() => playground.stop());

  for (const file of scripts) {
    const name = path.parse(file).name;
    const scriptPath = path.join(scriptFolder, file);
    const covers = /^\/\/ Covers: (.*)$/m.exec(readFileSync(scriptPath, "utf8"))?.[1];

    for (const threads of ONE_THREAD_ONLY.has(name) ? [1] : [1, 2]) {
      it(`${name} covers ${covers}${threads === 1 ? "" : ", on two threads"}`, async () => {
        const { load, result, lines } = await runScript(scriptPath, {
          env: { BASE: playground.url },
          threads,
        });
        assert.deepEqual(
          lines.filter((line) => line.startsWith("error")),
          [],
        );
        assert.deepEqual(result.outcome, { kind: "completed" });
        assert.ok(result.checks.length > 0, "the script checks something");
        assert.deepEqual(
          result.checks.filter(({ fails }) => fails > 0),
          [],
        );
        const value = (metric: string) =>
          result.metrics.find((one) => one.name === metric)?.values.count ?? 0;
        const { requests, iterations } = COUNTS[name] ?? {};
        if (requests !== undefined) assert.equal(value("http_reqs"), requests);
        if (iterations !== undefined) assert.equal(value("iterations"), iterations);
        for (const { metric, expression } of load.thresholds)
          assertThreshold(result.source, metric, expression);
      });
    }
  }

  it("requests wait in every shape that a script may give them, TypeScript, JSON and packages included", async () => {
    const env = { BASE: playground.url };
    const { result, lines } = await runScript(fixturePath("script-shapes/many-shapes.ts"), { env });
    assert.deepEqual(lines, []);
    assert.deepEqual(
      result.checks.map(({ name, passes, fails }) => ({ name, passes, fails })),
      ["all", "label", "tpl", "nested", "total", "dict", "gen", "c", "short", "data", "later"].map(
        (name) => ({
          ...{ name, passes: 4, fails: 0 },
        }),
      ),
    );
  });
});

function assertThreshold(
  source: Awaited<ReturnType<typeof runScript>>["result"]["source"],
  metric: string,
  expression: string,
): void {
  const { name, tags } = selectorOf(metric);
  const view = source.find(name, tags);
  const parsed = /^(\w+)(?:\(([\d.]+)\))?(==|<|>)([\d.]+)$/.exec(expression);
  assert.ok(view !== undefined && parsed !== null, `${metric}: ${expression}`);
  const [, method = "", percent, operator, limit] = parsed;
  const actual = view.aggregate(
    method === "p"
      ? { method: "percentile", percent: Number(percent) }
      : { method: method as "count" | "rate" | "max" },
  );
  assert.ok(actual !== undefined, `${metric} has data`);
  const holds =
    operator === "=="
      ? actual === Number(limit)
      : operator === "<"
        ? actual < Number(limit)
        : actual > Number(limit);
  assert.ok(holds, `${metric}: ${expression}, got ${actual}`);
}

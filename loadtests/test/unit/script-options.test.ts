import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RequestTargets } from "../../src/engine/embedded/http/request-target.js";
import { parseDurationMs } from "../../src/engine/embedded/options/option-readers.js";
import { readScriptOptions } from "../../src/engine/embedded/options/script-options.js";
import { rampSteps } from "../../src/engine/embedded/run/closed-executors.js";
import { scenarioShares, WHOLE_LOAD } from "../../src/engine/embedded/run/load-slice.js";
import { mostUsersAtOnce, plannedSeconds, scenarioLine } from "../../src/engine/embedded/run/run-plan.js";

const EXPORTS = new Set(["default", "other"]);
const read = (options: unknown, overrides = {}) => readScriptOptions(options, overrides, EXPORTS);

describe("durations", () => {
  const table: readonly (readonly [unknown, number | undefined])[] = [
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["0s", 0],
    [250, 250],
    ["250", 250],
    ["", undefined],
    ["1 s", undefined],
    ["s", undefined],
    [-1, undefined],
    [null, undefined],
  ];
  for (const [written, ms] of table) {
    it(`read ${JSON.stringify(written)} as ${ms}`, () => assert.equal(parseDurationMs(written), ms));
  }
});

describe("scenarios", () => {
  const table: readonly (readonly [what: string, options: unknown, overrides: object, line: string])[] = [
    [
      "nothing at all",
      undefined,
      {},
      "default: 1 iterations for each of 1 VUs (maxDuration: 10m0s) (gracefulStop: 30s)",
    ],
    [
      "vus and duration",
      { vus: 5, duration: "1m30s" },
      {},
      "default: 5 looping VUs for 1m30s (gracefulStop: 30s)",
    ],
    [
      "iterations",
      { vus: 2, iterations: 8 },
      {},
      "default: 8 iterations shared among 2 VUs (maxDuration: 10m0s) (gracefulStop: 30s)",
    ],
    [
      "iterations without vus",
      { iterations: 5 },
      {},
      "default: 5 iterations shared among 1 VUs (maxDuration: 10m0s) (gracefulStop: 30s)",
    ],
    [
      "stages",
      { stages: [{ duration: "10s", target: 7 }] },
      {},
      "default: Up to 7 looping VUs for 10s over 1 stages (gracefulStop: 30s)",
    ],
    [
      "a duration that replaces the script's iterations",
      { iterations: 8 },
      { duration: "3s", vus: 4 },
      "default: 4 looping VUs for 3s (gracefulStop: 30s)",
    ],
    [
      "a rate",
      { duration: "5s" },
      { rate: 50 },
      "default: 50.00 iterations/s for 5s (maxVUs: 50, gracefulStop: 30s)",
    ],
  ];
  for (const [what, options, overrides, line] of table) {
    it(`of ${what} are: ${line}`, () => {
      const [scenario] = read(options, overrides).scenarios;
      assert.ok(scenario !== undefined);
      assert.equal(scenarioLine(scenario), line);
    });
  }

  it("that follow each other share their virtual users", () => {
    const scenario = (vus: number, startTime: string) => ({
      ...{ executor: "constant-vus", vus, duration: "10s", startTime, gracefulStop: "0s" },
    });
    const { scenarios } = read({
      scenarios: { a: scenario(5, "0s"), b: scenario(3, "5s"), c: scenario(4, "20s") },
    });
    assert.equal(mostUsersAtOnce(scenarioShares(scenarios, WHOLE_LOAD)), 8);
    assert.equal(plannedSeconds(scenarios), 30);
  });

  it("ramp in even steps, and jump where a stage has no duration", () => {
    const stages = [
      { durationMs: 1000, target: 4 },
      { durationMs: 0, target: 1 },
      { durationMs: 500, target: 0 },
    ];
    assert.deepEqual(rampSteps(2, stages), [
      { atMs: 0, vus: 2 },
      { atMs: 500, vus: 3 },
      { atMs: 1000, vus: 4 },
      { atMs: 1000, vus: 1 },
      { atMs: 1500, vus: 0 },
    ]);
  });

  it("keep thresholds as they are written", () => {
    const thresholds = {
      checks: "rate>0.9",
      "http_reqs{status:200}": ["count>1", { threshold: "rate>5", abortOnFail: true, delayAbortEval: "10s" }],
    };
    assert.deepEqual(read({ thresholds }).thresholds, [
      { metric: "checks", expression: "rate>0.9", abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: "http_reqs{status:200}", expression: "count>1", abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: "http_reqs{status:200}", expression: "rate>5", abortOnFail: true, delayAbortEvalMs: 10_000 },
    ]);
  });
});

describe("where a request goes", () => {
  const targets = new RequestTargets({
    "shop.test": "127.0.0.1:8080",
    "*.cdn.test": "127.0.0.2",
    "api.test:81": "127.0.0.3",
  });
  const table: readonly (readonly [
    url: string,
    host: string,
    port: number,
    path: string,
    authority: string,
  ])[] = [
    ["http://shop.test/a?b=1#c", "127.0.0.1", 8080, "/a?b=1", "shop.test"],
    ["https://img.cdn.test", "127.0.0.2", 443, "/", "img.cdn.test"],
    ["http://api.test:81/x", "127.0.0.3", 81, "/x", "api.test:81"],
    ["http://api.test/x", "api.test", 80, "/x", "api.test"],
    ["http://[::1]:9/x y", "::1", 9, "/x%20y", "[::1]:9"],
  ];
  for (const [url, host, port, where, authority] of table) {
    it(`is ${host} ${port} ${where} for ${url}`, () => {
      const found = targets.get(url);
      assert.deepEqual([found.host, found.port, found.path, found.authority], [host, port, where, authority]);
    });
  }

  it("is kept without credentials, which are shown apart", () => {
    const found = targets.get("http://ann:se%20cret@shop.test/a");
    assert.equal(found.url, "http://shop.test/a");
    assert.equal(found.credentials, "ann:se cret");
  });

  it("must be an absolute http or https URL", () => {
    for (const url of ["", "/a", "ftp://a/b", "http://"])
      assert.throws(() => targets.get(url), /invalid URL/);
  });
});
